#!/usr/bin/env node
// Speaks the schema-engine CLI protocol (JSON-RPC on stdin/stdout) using @prisma/schema-engine-wasm + @prisma/adapter-pg.
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import readline from 'node:readline';
import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';

// adapter-pg 7.10 lacks OID 18 ("char"), which the schema describer reads, and splits scripts at every ';'.
function patch(a) {
  const io = a.performIO.bind(a),
    raw = a.queryRaw.bind(a),
    chars = new WeakMap();
  a.performIO = async (q) => {
    const r = await io(q);
    const hit = r.fields.flatMap((f, i) => (f.dataTypeID === 18 ? [i] : []));
    if (!hit.length) return r;
    chars.set(q, hit);
    return { ...r, fields: r.fields.map((f, i) => (hit.includes(i) ? { ...f, dataTypeID: 25 } : f)) };
  };
  a.queryRaw = async (q) => {
    const r = await raw(q);
    for (const i of chars.get(q) ?? []) r.columnTypes[i] = ColumnTypeEnum.Character;
    return r;
  };
  a.executeScript = async (script) => {
    try {
      await a.client.query(script);
    } catch (e) {
      a.onError(e);
    }
  };
  if (a.startTransaction) {
    const st = a.startTransaction.bind(a);
    a.startTransaction = async (...x) => patch(await st(...x));
  }
  return a;
}
class MigrationPg extends PrismaPg {
  constructor(url, options) {
    super({ connectionString: url, max: 1 }, options);
    this.url = url;
    this.opts = options;
  }
  async connect() {
    return patch(await super.connect());
  }
  async connectToShadowDb() {
    const main = await this.connect();
    const db = `prisma_migrate_shadow_db_${randomUUID()}`;
    await main.executeScript(`CREATE DATABASE "${db}"`);
    const u = new URL(this.url);
    u.pathname = '/' + db;
    const shadow = patch(await new PrismaPg({ connectionString: u.href, max: 1 }, this.opts).connect());
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await main.executeScript(`DROP DATABASE "${db}" WITH (FORCE)`);
      await main.dispose();
    };
    return shadow;
  }
}
const argv = process.argv.slice(2);
const opt = (n) => {
  const i = argv.indexOf(n);
  return i < 0 ? undefined : argv[i + 1];
};
const ds = JSON.parse(opt('--datasource') ?? '{}');
const url = ds.url ?? process.env.DATABASE_URL;
const log = (level, fields) =>
  process.stderr.write(
    JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' }) +
      '\n',
  );

if (
  argv[0] === 'cli' ||
  argv.includes('can-connect-to-database') ||
  argv.includes('create-database') ||
  argv.includes('drop-database')
) {
  const u = new URL(url);
  const db = decodeURIComponent(u.pathname.slice(1));
  const admin = async (sql) => {
    const a = new URL(url);
    a.pathname = '/postgres';
    const c = new pg.Client({ connectionString: a.href });
    await c.connect();
    try {
      await c.query(sql);
    } finally {
      await c.end();
    }
  };
  log('INFO', { message: 'Starting schema engine CLI', git_hash: 'wasm-shim' });
  try {
    if (argv.includes('can-connect-to-database')) {
      const c = new pg.Client({ connectionString: url });
      await c.connect();
      await c.end();
      log('INFO', { message: 'Connection successful' });
    } else if (argv.includes('create-database')) {
      await admin(`CREATE DATABASE ${pg.escapeIdentifier(db)}`);
      log('INFO', { message: `Successfully created database ${db}` });
    } else {
      await admin(`DROP DATABASE ${pg.escapeIdentifier(db)} WITH (FORCE)`);
      log('INFO', { message: 'The database was successfully dropped' });
    }
    process.exit(0);
  } catch (e) {
    const code = e.code === '3D000' ? 'P1003' : e.code === '28P01' ? 'P1000' : 'P1001';
    log('ERROR', {
      message: e.code === '3D000' ? `Database ${db} does not exist` : `Can't reach database: ${e.message}`,
      error_code: code,
      is_panic: false,
    });
    process.exit(1);
  }
}
if (argv.includes('--version') || argv.includes('-V')) {
  console.log('schema-engine-cli wasm');
  process.exit(0);
}

const datamodels = [];
argv.forEach((a, i) => {
  if (a === '--datamodels')
    for (let j = i + 1; j < argv.length && !argv[j].startsWith('--'); j++)
      datamodels.push([argv[j], readFileSync(argv[j], 'utf8')]);
});
const require = createRequire(realpathSync(import.meta.filename));
const bg = await import('@prisma/schema-engine-wasm/schema_engine_bg');
const wasmPath = require
  .resolve('@prisma/schema-engine-wasm')
  .replace(/schema_engine\.js$/, 'schema_engine_bg.wasm');
const { instance } = await WebAssembly.instantiate(readFileSync(wasmPath), { './schema_engine_bg.js': bg });
bg.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

let engine, factory;
async function getEngine() {
  if (!engine) {
    factory = bindMigrationAwareSqlAdapterFactory(
      new MigrationPg(url, { schema: new URL(url).searchParams.get('schema') ?? undefined }),
    );
    engine = await bg.SchemaEngine.new(
      { datamodels: datamodels.length ? datamodels : undefined },
      (m) => process.env.DEBUG && process.stderr.write(m + '\n'),
      factory,
    );
  }
  return engine;
}
const send = (o) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...o }) + '\n');
const map = { getDatabaseVersion: 'version' };
const rl = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
let queue = Promise.resolve();
rl.on('line', (line) => {
  const req = JSON.parse(line);
  if (!req.method) return;
  queue = queue.then(() => handle(req));
});
rl.on('close', () => queue.then(() => process.exit(0)));
async function handle({ id, method, params }) {
  try {
    let result;
    if (method === 'createDatabase') result = { databaseName: new URL(url).pathname.slice(1) };
    else {
      const e = await getEngine();
      result = await e[map[method] ?? method](params);
      if (method === 'diff' && result?.stdout != null) {
        send({ method: 'print', id: 'p' + id, params: { content: result.stdout } });
        result = { exitCode: result.exitCode, stdout: null };
      }
    }
    send({ id, result: result ?? {} });
  } catch (e) {
    const cause = typeof e?.code === 'string' ? e.code : undefined;
    send({
      id,
      error: {
        code: 4466,
        message: 'An error happened. Check the data field for details.',
        data: { is_panic: false, message: e?.message ?? String(e), error_code: cause, meta: {} },
      },
    });
  }
}
