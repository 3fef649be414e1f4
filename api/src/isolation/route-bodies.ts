// Bodies for routes whose example cannot be sent as it is. `$kind` becomes the id of that kind.
import type { Bodies } from './plan-requests.ts';
import { connectorDocument, workflowDocument } from './seed-workspace.ts';

export const routeBodies: Bodies = {
  createApp: { definition: connectorDocument('another-app', 'Another') },
  validateApp: { definition: connectorDocument('another-app', 'Another') },
  playExamples: { definition: connectorDocument('another-app', 'Another') },
  saveAppDraft: { definition: connectorDocument('$app', 'Changed') },
  previewUpgrade: { app: '$app' },
  createConnection: { app: '$app', auth: 'none', name: 'New', credentials: {} },
  startOauth: { app: '$app', auth: 'none', name: 'New', credentials: { clientId: 'a', clientSecret: 'b' } },
  setAppCredentials: { credentials: { apiKey: 'another' } },
  createWorkflow: { name: 'New', definition: workflowDocument('New') },
};
