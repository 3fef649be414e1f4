// RabbitMQ with its management API, as Debian ships it (rabbitmq-server), in a folder of its own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './find-free-port.ts';
import { runServer } from './run-server.ts';
import type { RunningServer, StartedServer } from './run-server.ts';

const binary = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const guest = `Basic ${Buffer.from('guest:guest').toString('base64')}`;

export type Rabbitmq = RunningServer & { username: string; password: string };

const addUser = async (url: string, username: string, password: string): Promise<boolean> => {
  const put = (where: string, body: unknown) =>
    fetch(`${url}/api/${where}`, {
      method: 'PUT',
      headers: { authorization: guest, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const user = await put(`users/${username}`, { password, tags: 'administrator' });
  const rights = await put(`permissions/%2F/${username}`, { configure: '.*', write: '.*', read: '.*' });
  return user.ok && rights.ok;
};

/** Starts it with a user of its own whose password has 24 characters, long enough to be looked for as a secret. */
export const startRabbitmq = async (): Promise<StartedServer<Rabbitmq>> => {
  if (!existsSync(binary))
    return {
      server: null,
      reason: 'rabbitmq-server is not installed: apt-get install -y --no-install-recommends rabbitmq-server',
    };
  const folder = await mkdtemp(path.join(tmpdir(), 'weftline-rabbitmq-'));
  await Promise.all(['mnesia', 'log'].map((name) => mkdir(path.join(folder, name))));
  const [port, amqpPort, distPort, namesPort] = await Promise.all([
    findFreePort(),
    findFreePort(),
    findFreePort(),
    findFreePort(),
  ]);
  await writeFile(path.join(folder, 'plugins'), '[rabbitmq_management].');
  await writeFile(
    path.join(folder, 'rabbitmq.conf'),
    `management.tcp.port = ${port}\nmanagement.tcp.ip = 127.0.0.1\nlisteners.tcp.1 = 127.0.0.1:${amqpPort}\n`,
  );
  const started = await runServer({
    command: binary,
    args: [],
    env: {
      HOME: folder,
      RABBITMQ_NODENAME: `weftline${port}@localhost`,
      RABBITMQ_DIST_PORT: String(distPort),
      ERL_EPMD_PORT: String(namesPort),
      RABBITMQ_MNESIA_BASE: path.join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: path.join(folder, 'log'),
      RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: path.join(folder, 'rabbitmq.conf'),
      RABBITMQ_PID_FILE: path.join(folder, 'pid'),
    },
    port,
    isReady: async (url) => (await fetch(`${url}/api/overview`, { headers: { authorization: guest } })).ok,
    timeoutMs: 90_000,
    stopSignal: 'SIGKILL',
  });
  // The name server of Erlang runs as a daemon of its own; this one is ours alone. It goes once it has seen that the
  // node is gone.
  const stopNames = async (): Promise<void> => {
    for (let count = 0; count < 30; count += 1) {
      const asked = spawnSync('epmd', ['-port', String(namesPort), '-kill'], { encoding: 'utf8' });
      if (!/not allowed/i.test(asked.stdout + asked.stderr)) return;
      await new Promise((done) => setTimeout(done, 100));
    }
  };
  if (started.server === null) {
    await stopNames();
    await rm(folder, { recursive: true, force: true });
    return started;
  }
  const { server } = started;
  const stop = async (): Promise<void> => {
    await server.stop();
    await stopNames();
    await rm(folder, { recursive: true, force: true });
  };
  const [username, password] = ['weftline', 'Kq7vZ2mXw9Lr4TnB6sYd8HfJ'];
  if (await addUser(server.url, username, password))
    return { server: { ...server, stop, username, password } };
  await stop();
  return { server: null, reason: 'rabbitmq-server started, but no user could be added' };
};
