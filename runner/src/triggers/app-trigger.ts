// The trigger of a workflow that an app describes, as the row that turning the workflow on writes and a call that comes in reads.
import type { Json } from '@weftline/connectors/json';

/** One row a workflow whose trigger is of the kind `app`; its id is the workflow's. */
export type AppTrigger = {
  tenantId: string;
  workflowId: string;
  workflowName: string;
  /** Live: the workflow is enabled at this version of it. */
  enabled: boolean;
  workflowVersion: number;
  /** `<app>@<version>#<trigger>` as the workflow version pins it. */
  appKey: string;
  appVersion: string;
  triggerKey: string;
  connectionId: string | null;
  /** The trigger's input, its templates filled when it was turned on. */
  input: { [name: string]: Json };
  /** `webhook.url` is `<PUBLIC_URL>/hooks/<hookKey>`. */
  hookKey: string;
  /** Sealed `webhook.secret` at { table: 'triggers', row: workflowId, column: 'webhook_secret_cipher' }; made when missing. */
  secretCipher: Buffer | null;
  /** Sealed JSON object at { table: 'app_triggers', row: workflowId, column: 'subscription_cipher' }: what subscribing captured. */
  subscriptionCipher: Buffer | null;
  /** Sealed JSON object at { table: 'app_triggers', row: workflowId, column: 'stored_cipher' }: what handshakes kept. */
  storedCipher: Buffer | null;
};
