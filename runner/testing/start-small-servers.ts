// Small servers nobody here wrote, as Debian ships them, each in a folder of its own: Transmission, aria2 and Radicale.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './find-free-port.ts';
import { runServer } from './run-server.ts';
import type { RunningServer, StartedServer } from './run-server.ts';

export type SmallServer = RunningServer & { username: string; password: string };
export type RestartedServer = SmallServer & {
  /** Ends it and starts it anew at the same address: what it kept in memory is gone. @throws when it does not come back */
  restart: () => Promise<void>;
};

const login = { username: 'loom', password: 'the-password-of-loom' };
const basic = {
  authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
};

/** Starts one in a new folder, which goes when it stops. */
const startInFolder = async (
  name: string,
  binary: string,
  argsFor: (folder: string, port: number) => Promise<string[]> | string[],
  isReady: (url: string) => Promise<boolean>,
): Promise<StartedServer<RestartedServer>> => {
  if (!existsSync(binary))
    return {
      server: null,
      reason: `${name} is not installed: apt-get install -y --no-install-recommends ${name}`,
    };
  const folder = await mkdtemp(path.join(tmpdir(), `weftline-${name}-`));
  const port = await findFreePort();
  const args = await argsFor(folder, port);
  // It writes below its home unless told otherwise; nothing there is worth saving.
  const command = { command: binary, args, cwd: folder, port, isReady, env: { HOME: folder } };
  let running = await runServer({ ...command, stopSignal: 'SIGKILL' });
  if (running.server === null) {
    await rm(folder, { recursive: true, force: true });
    return running;
  }
  const { url, host } = running.server;
  return {
    server: {
      url,
      host,
      ...login,
      async restart() {
        await running.server?.stop();
        running = await runServer({ ...command, stopSignal: 'SIGKILL' });
        if (running.server === null) throw new Error(running.reason);
      },
      async stop() {
        await running.server?.stop();
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
};

/** Transmission: every call needs an id of the session, which a refusal names (409). It finds nobody and downloads nothing. */
export const startTransmission = (): Promise<StartedServer<RestartedServer>> =>
  startInFolder(
    'transmission-daemon',
    '/usr/bin/transmission-daemon',
    async (folder, port) =>
      [
        '--foreground --paused --no-dht --no-lpd --no-portmap --auth',
        `--config-dir ${folder} --download-dir ${folder}`,
        `--username ${login.username} --password ${login.password}`,
        `--port ${port} --rpc-bind-address 127.0.0.1 --peerport ${await findFreePort()}`,
        '--bind-address-ipv4 127.0.0.1 --bind-address-ipv6 ::1',
      ].flatMap((line) => line.split(' ')),
    async (url) => (await fetch(`${url}/transmission/rpc`, { headers: basic })).status === 409,
  );

/** aria2: JSON-RPC whose first parameter is the secret. */
export const startAria2 = (): Promise<StartedServer<SmallServer>> =>
  startInFolder(
    'aria2',
    '/usr/bin/aria2c',
    (folder, port) => [
      '--no-conf',
      '--enable-rpc',
      '--enable-dht=false',
      '--max-tries=1',
      `--dir=${folder}`,
      `--rpc-listen-port=${port}`,
      `--rpc-secret=${login.password}`,
    ],
    async (url) => (await fetch(`${url}/jsonrpc?method=system.listMethods&id=1`)).ok,
  );

/** Radicale: calendars over CalDAV, in XML and with the methods of WebDAV. */
export const startRadicale = (): Promise<StartedServer<SmallServer>> =>
  startInFolder(
    'radicale',
    '/usr/bin/radicale',
    async (folder, port) => {
      const users = path.join(folder, 'users');
      await writeFile(users, `${login.username}:${login.password}\n`);
      const config = path.join(folder, 'config');
      await writeFile(
        config,
        [
          `[server]\nhosts = 127.0.0.1:${port}`,
          `[auth]\ntype = htpasswd\nhtpasswd_filename = ${users}\nhtpasswd_encryption = plain\ndelay = 0`,
          `[storage]\nfilesystem_folder = ${path.join(folder, 'collections')}\n`,
        ].join('\n'),
      );
      return ['--config', config];
    },
    async (url) => (await fetch(`${url}/.web/`)).status < 500,
  );
