// Prometheus Alertmanager, as Debian ships it (prometheus-alertmanager), in a folder of its own: a real sender of webhooks.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './find-free-port.ts';
import { runServer } from './run-server.ts';
import type { RunningServer, StartedServer } from './run-server.ts';

const binary = '/usr/bin/prometheus-alertmanager';

/** One address that alerts are posted to; `label` picks the alerts whose label `to` is its name. */
export type Receiver = {
  name: string;
  url: string;
  basic?: { username: string; password: string };
  bearer?: string;
};

export type Alertmanager = RunningServer & {
  /** Posts alerts; without `endsAt` they fire. */
  alert(labels: { [name: string]: string }, more?: { endsAt?: string }): Promise<void>;
};

const quoted = (text: string): string => JSON.stringify(text);

const httpConfig = ({ basic, bearer }: Receiver): string => {
  if (basic)
    return `\n      http_config: { basic_auth: { username: ${quoted(basic.username)}, password: ${quoted(basic.password)} } }`;
  return bearer === undefined
    ? ''
    : `\n      http_config: { authorization: { type: Bearer, credentials: ${quoted(bearer)} } }`;
};

/** Groups are sent after 200 ms, again on change after 1 s, and repeated after 2 s: as quickly as it will. */
const configOf = (receivers: readonly Receiver[]): string => `
route:
  receiver: nobody
  group_by: ['...']
  group_wait: 200ms
  group_interval: 1s
  repeat_interval: 2s
  routes:
${receivers.map(({ name }) => `    - { matchers: ['to = "${name}"'], receiver: ${name} }`).join('\n')}
receivers:
  - name: nobody
${receivers
  .map(
    (receiver) => `  - name: ${receiver.name}
    webhook_configs:
    - url: ${quoted(receiver.url)}
      send_resolved: true${httpConfig(receiver)}`,
  )
  .join('\n')}
`;

/** Starts it with these receivers; stop() ends it by its process id. */
export async function startAlertmanager(
  receivers: readonly Receiver[],
): Promise<StartedServer<Alertmanager>> {
  if (!existsSync(binary))
    return {
      server: null,
      reason:
        'prometheus-alertmanager is not installed: apt-get install -y --no-install-recommends prometheus-alertmanager',
    };
  const folder = await mkdtemp(path.join(tmpdir(), 'weftline-alertmanager-'));
  const config = path.join(folder, 'alertmanager.yml');
  await writeFile(config, configOf(receivers));
  const port = await findFreePort();
  const started = await runServer({
    command: binary,
    args: [
      `--config.file=${config}`,
      `--storage.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    cwd: folder,
    port,
    isReady: async (url) => (await fetch(`${url}/-/ready`)).ok,
    timeoutMs: 30_000,
  });
  if (started.server === null) {
    await rm(folder, { recursive: true, force: true });
    return started;
  }
  const { server } = started;
  return {
    server: {
      ...server,
      async alert(labels, more = {}) {
        const answer = await fetch(`${server.url}/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify([{ labels, annotations: { summary: 'from a test' }, ...more }]),
        });
        if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`);
      },
      async stop() {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
}
