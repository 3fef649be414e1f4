// A workspace with one of everything, written straight into the tables, for the isolation matrix. Every text of it
// carries the workspace's canary, so that any of it in a stranger's answer is seen.
import { randomBytes } from 'node:crypto';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { uuidv7 } from 'uuidv7';
import type { IdKind } from '../define-route.ts';
import type { TestApi, TestPerson } from '../testing/start-test-api.ts';

export type Seed = {
  owner: TestPerson;
  /** In every text of this workspace and nowhere else. */
  canary: string;
  ids: { [kind in Exclude<IdKind, 'local'>]: string };
};

export const connectorDocument = (key: string, canary: string) => ({
  manifestVersion: 1,
  app: { key, name: canary },
  version: '1.0.0',
  baseUrl: 'https://api.example.com',
  auth: [
    { key: 'none', label: 'None', type: 'NONE', credentialsSchema: { type: 'object' } },
    {
      key: 'shared',
      label: 'Shared',
      type: 'API_KEY',
      credentialsSchema: {
        type: 'object',
        properties: { apiKey: { type: 'string', 'x-secret': true, 'x-level': 'app' } },
      },
    },
  ],
  actions: [
    {
      key: 'ping',
      name: canary,
      kind: 'action',
      effect: 'read',
      method: 'GET',
      endpointTemplate: '/ping',
      inputSchema: { type: 'object' },
      outputSchema: {},
    },
  ],
  triggers: [],
  connectionSchema: { type: 'object', properties: { account: { type: 'string' } } },
  ingress: {
    receive: { verify: [], secretInUrl: true },
    routeBy: { event: '{{body.account}}', connection: 'account' },
  },
  // They ask for an input first, so nothing is called.
  optionSources: {
    channels: {
      request: { action: 'ping' },
      items: 'output',
      value: '{{item.id}}',
      label: '{{item.id}}',
      dependsOn: ['place'],
    },
  },
  fieldSources: {
    columns: {
      request: { action: 'ping' },
      items: 'output',
      field: { key: '{{item.id}}', title: '{{item.id}}' },
      dependsOn: ['place'],
    },
  },
});

export const workflowDocument = (name: string) => ({
  format: 'workflow/1',
  name,
  trigger: { kind: 'webhook' },
  steps: [{ id: 'first', kind: 'transform', output: name }],
});

/** Fills a fresh workspace of a new owner. */
export async function seedWorkspace(api: TestApi, name: string): Promise<Seed> {
  const canary = `canary-${name}-${randomBytes(8).toString('hex')}`;
  const owner = await api.register(name);
  const member = await api.join(owner, 'viewer');
  const invitation = await owner.call('POST', '/invitations', {
    email: `${canary}@example.com`,
    role: 'viewer',
  });
  const apiKey = await owner.call('POST', '/api-keys', { name: canary, role: 'viewer' });
  const tenant = owner.tenant.id;
  const ids = {
    tenant,
    app: `app-${name.toLowerCase()}-${randomBytes(4).toString('hex')}`,
    connection: uuidv7(),
    workflow: uuidv7(),
    run: uuidv7(),
    user: owner.user.id,
    member: member.user.id,
    apiKey: apiKey.body.id as string,
    invitation: invitation.body.id as string,
    notification: uuidv7(),
    approval: uuidv7(),
    variable: `var_${randomBytes(4).toString('hex')}`,
    file: uuidv7(),
  };
  const [asking, appTriggerId] = [uuidv7(), uuidv7()];
  const appTrigger = { kind: 'app', use: `${ids.app}@1.0.0#new`, connection: null, input: {} };
  const document = JSON.stringify(connectorDocument(ids.app, canary));
  const draft = JSON.stringify(workflowDocument(canary));
  const rows: [string, unknown[]][] = [
    ['apps (tenant_id, key, name, draft) VALUES ($1, $2, $3, $4)', [ids.app, canary, document]],
    [
      "app_versions (tenant_id, app_key, version, definition, content_hash) VALUES ($1, $2, '1.0.0', $3, $4)",
      [ids.app, document, canary],
    ],
    [
      "connections (tenant_id, id, app_key, auth_key, name, account, config) VALUES ($1, $2, $3, 'none', $4, $4, '{}')",
      [ids.connection, ids.app, canary],
    ],
    [
      "app_credentials (tenant_id, app_key, auth_key, secret_cipher, credential_facts, hosts, set_by) VALUES ($1, $2, 'shared', '\\x00', $3, ARRAY[$4], $4)",
      [ids.app, JSON.stringify({ apiKey: { updatedAt: canary, fingerprint: canary } }), canary],
    ],
    [
      'workflows (tenant_id, id, name, draft, published_version) VALUES ($1, $2, $3, $4, 1)',
      [ids.workflow, canary, draft],
    ],
    [
      'workflow_versions (tenant_id, workflow_id, version, definition, content_hash) VALUES ($1, $2, 1, $3, $4)',
      [ids.workflow, draft, canary],
    ],
    [
      "triggers (tenant_id, id, kind, hook_key, version) VALUES ($1, $2, 'webhook', $3, 1)",
      [ids.workflow, randomBytes(20).toString('hex')],
    ],
    [
      'workflows (tenant_id, id, name, draft) VALUES ($1, $2, $3, $4)',
      [asking, canary, JSON.stringify({ ...workflowDocument(canary), trigger: appTrigger })],
    ],
    [
      "triggers (tenant_id, id, kind, hook_key) VALUES ($1, $2, 'app', $3)",
      [asking, randomBytes(20).toString('hex')],
    ],
    [
      "app_triggers (tenant_id, id, workflow_id, identity, app_key, app_version, trigger_key, type, hook_key, why) VALUES ($1, $2, $3, 'one', $4, '1.0.0', 'new', 'POLL', $5, $6)",
      [appTriggerId, asking, ids.app, randomBytes(20).toString('hex'), canary],
    ],
    [
      "app_trigger_events (tenant_id, trigger_id, place, receipt_key, output) VALUES ($1, $2, 1, 'one', $3)",
      [appTriggerId, JSON.stringify(canary)],
    ],
    ["app_trigger_seen (tenant_id, trigger_id, key_hash, place) VALUES ($1, $2, '\\x00', 1)", [appTriggerId]],
    [
      'hook_samples (tenant_id, trigger_id, id, output) VALUES ($1, $2, $3, $4)',
      [ids.workflow, uuidv7(), JSON.stringify({ body: canary })],
    ],
    [
      "workflow_runs (tenant_id, id, workflow_id, workflow_version, workflow_name, trigger_kind, status) VALUES ($1, $2, $3, 1, $4, 'webhook', 'failed')",
      [ids.run, ids.workflow, canary],
    ],
    [
      "run_events (tenant_id, run_id, seq, type, payload) VALUES ($1, $2, 1, 'run.accepted', $3)",
      [ids.run, JSON.stringify({ triggerOutput: { body: canary } })],
    ],
    [
      "run_questions (tenant_id, id, run_id, workflow_id, workflow_name, step, kind, title, message) VALUES ($1, $2, $3, $4, $5, 'first', 'approval', $5, $5)",
      [ids.approval, ids.run, ids.workflow, canary],
    ],
    [
      "stored_files (tenant_id, id, name, content_type, size, completed_at, expires_at) VALUES ($1, $2, $3, 'text/plain', 0, now(), now() + interval '1 day')",
      [ids.file, canary],
    ],
    ['variables (tenant_id, name, value) VALUES ($1, $2, $3)', [ids.variable, JSON.stringify(canary)]],
    [
      "notifications (tenant_id, id, kind, title, body, dedupe_key) VALUES ($1, $2, 'run.failed', $3, $3, $3)",
      [ids.notification, canary],
    ],
  ];
  await withClient(api.testDatabase.adminUrl, async (client) => {
    for (const [into, values] of rows) await client.query(`INSERT INTO ${into}`, [tenant, ...values]);
    await client.query('UPDATE tenants SET name = $2 WHERE id = $1', [tenant, canary]);
  });
  return { owner, canary, ids };
}

/** Everything a workspace has in the tables, as one text per table: what must not change when a stranger calls. */
export async function photograph(api: TestApi, tenantId: string): Promise<{ [table: string]: string }> {
  return withClient(api.testDatabase.adminUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r','p') AND NOT c.relispartition ORDER BY 1`,
    );
    const tables: { [table: string]: string } = {};
    for (const { name } of rows) {
      const found = await client.query<{ text: string | null }>(
        `SELECT string_agg(t::text, E'\\n' ORDER BY t::text) AS text FROM "${name}" t WHERE tenant_id = $1`,
        [tenantId],
      );
      tables[name] = found.rows[0]?.text ?? '';
    }
    return tables;
  });
}
