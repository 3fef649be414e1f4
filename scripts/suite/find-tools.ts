// Programs that some tests need and that npm cannot bring.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installDebianPackages, whyNotInstallable } from './install-debian-packages.ts';

export type Tool = {
  name: string;
  /** What becomes untested without it. */
  neededFor: string;
  packages: readonly string[];
  /** Where it is, or null. */
  find: () => string | null;
};

export type FoundTool = { name: string; path: string | null; reason: string | null };

const onPath = (...names: string[]): string | null => {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/bin', '/usr/bin'];
  for (const name of names) {
    const folder = folders.find((one) => one !== '' && existsSync(join(one, name)));
    if (folder !== undefined) return join(folder, name);
  }
  return null;
};

const python = (module: string): string | null =>
  spawnSync('/usr/bin/python3', ['-c', `import ${module}`]).status === 0 ? '/usr/bin/python3' : null;

function debianPostgres(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  return (
    versions.map((version) => join(root, version, 'bin/pg_dump')).find((path) => existsSync(path)) ?? null
  );
}

/** Everything optional, with the Debian packages that bring it. */
export const tools = {
  redis: {
    name: 'redis-server',
    neededFor: 'the engine on Redis',
    packages: ['redis-server'],
    find: () => onPath('redis-server'),
  },
  chromium: {
    name: 'chromium',
    neededFor: 'the browser tests',
    packages: ['chromium'],
    find: () => {
      const given = process.env.CHROMIUM_PATH;
      if (given !== undefined && given !== '') return existsSync(given) ? given : null;
      return onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
    },
  },
  rabbitmq: {
    name: 'rabbitmq-server',
    neededFor: 'the RabbitMQ connector against a real server',
    packages: ['rabbitmq-server'],
    find: () => onPath('rabbitmq-server'),
  },
  alertmanager: {
    name: 'prometheus-alertmanager',
    neededFor: 'webhooks of a real sender',
    packages: ['prometheus-alertmanager'],
    find: () => onPath('prometheus-alertmanager'),
  },
  smallServers: {
    name: 'transmission-daemon, aria2 and radicale',
    neededFor: 'connectors written as an author writes them, against real servers',
    packages: ['transmission-daemon', 'aria2', 'radicale'],
    find: () =>
      ['aria2c', 'radicale'].every((name) => onPath(name) !== null) ? onPath('transmission-daemon') : null,
  },
  httpbin: {
    name: 'python3-httpbin and gunicorn',
    neededFor: 'the httpbin connector against a real server',
    packages: ['python3-httpbin', 'gunicorn'],
    find: () => python('httpbin, gunicorn'),
  },
  postgres: {
    name: 'PostgreSQL of Debian',
    neededFor: 'the product on a PostgreSQL of its own, read with pg_dump',
    packages: ['postgresql'],
    find: debianPostgres,
  },
} satisfies Record<string, Tool>;

/** Finds a tool, else installs it when that is possible, else says why it stays missing. */
export function findTool(tool: Tool): FoundTool {
  const found = tool.find();
  if (found !== null) return { name: tool.name, path: found, reason: null };
  const hindrance = whyNotInstallable();
  if (hindrance !== null) return { name: tool.name, path: null, reason: `not found, and ${hindrance}` };
  console.log(`Installing ${tool.packages.join(' ')} …`);
  const fault = installDebianPackages(tool.packages);
  const path = tool.find();
  return {
    name: tool.name,
    path,
    reason: path === null ? `not found; apt-get: ${fault ?? 'installed nothing'}` : null,
  };
}
