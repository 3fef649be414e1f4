// httpbin behind gunicorn, as Debian ships them (python3-httpbin, gunicorn).
import { spawnSync } from 'node:child_process';
import { findFreePort } from './find-free-port.ts';
import { runServer } from './run-server.ts';
import type { StartedServer } from './run-server.ts';

const python = '/usr/bin/python3';

export const startHttpbin = async (): Promise<StartedServer> => {
  if (spawnSync(python, ['-c', 'import httpbin, gunicorn']).status !== 0)
    return {
      server: null,
      reason: 'python3-httpbin and gunicorn are not installed: apt-get install -y python3-httpbin gunicorn',
    };
  const port = await findFreePort();
  return runServer({
    command: python,
    args: ['-m', 'gunicorn.app.wsgiapp', '-b', `127.0.0.1:${port}`, '--threads', '4', 'httpbin:app'],
    port,
    isReady: async (url) => (await fetch(`${url}/get`)).ok,
  });
};
