// Files by reference on a real database: kept sealed and apart, sent and received in pieces, gone when their time is over.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import type { Action } from '@weftline/connectors/types';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callService, startService } from '../../testing/call-service.ts';
import { startWorld } from '../../testing/start-test-engine.ts';
import type { World } from '../../testing/start-test-engine.ts';
import type { FileReference, Files } from '../executor/files.ts';
import { dispositionOf, nameFile, nameFromAnswer, typeFile } from '../executor/name-file.ts';
import { pruneFiles } from './prune-files.ts';
import { createFileStore, keptUnusedDays, pieceBytes } from './store-files.ts';
import type { FileStore } from './store-files.ts';

let world: World;
let store: FileStore;
let tenantId: string;
let files: Files;
const mebibyte = 1024 * 1024;
const limits = { fileBytes: 100 * mebibyte, tenantBytes: 400 * mebibyte };
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  world = await startWorld();
  store = createFileStore({ database: world.database, vault: world.vault, limits });
  tenantId = await world.addTenant();
  files = store.of(tenantId);
});
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});
afterAll(() => world.stop());

const keep = async (content: Uint8Array, of = files, name = 'a.bin'): Promise<FileReference> => {
  const writer = await of.create({ name, contentType: 'application/pdf' });
  await writer.write(content);
  return writer.finish();
};
const content = async (reference: { fileId: string }, of = files): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of of.read(reference.fileId)) pieces.push(piece);
  return Buffer.concat(pieces);
};
const start = async (listener: (request: IncomingMessage, response: ServerResponse) => void) => {
  const service = await startService(listener);
  cleanups.push(service.close);
  return service;
};
const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};
const ask = <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  withClient(world.server.adminUrl, async (client) => (await client.query(sql, values)).rows as Row[]);

describe('the store', () => {
  it('gives back what it was given, in sealed pieces', async () => {
    const bytes = Buffer.concat([Buffer.from('canary-of-a-file'), randomBytes(2 * pieceBytes)]);
    const reference = await keep(bytes);
    expect(reference).toEqual({
      fileId: expect.any(String),
      name: 'a.bin',
      contentType: 'application/pdf',
      size: bytes.length,
    });
    expect(await files.find(reference.fileId)).toEqual(reference);
    expect((await content(reference)).equals(bytes)).toBe(true);
    const rows = await ask<{ sealed: Buffer }>('SELECT sealed FROM file_chunks WHERE file_id = $1', [
      reference.fileId,
    ]);
    expect(rows).toHaveLength(3);
    expect(rows.some(({ sealed }) => sealed.includes('canary-of-a-file'))).toBe(false);
    expect(await content(await keep(Buffer.alloc(0)))).toHaveLength(0);
  });

  it('shows a stranger what it shows of a file that never was', async () => {
    const reference = await keep(Buffer.from('mine'));
    const strangers = store.of(await world.addTenant());
    expect(await strangers.find(reference.fileId)).toBeNull();
    await expect(content(reference, strangers)).rejects.toMatchObject({ code: 'not_found' });
    await strangers.remove(reference.fileId);
    expect(await files.find(reference.fileId)).toEqual(reference);
    expect(await files.find(randomUUID())).toBeNull();
    expect(await files.find("' OR 1=1")).toBeNull();
  });

  it('ends a file and a workspace at their limits, and leaves nothing of what it refused', async () => {
    const tight = createFileStore({
      database: world.database,
      vault: world.vault,
      limits: { fileBytes: 2 * mebibyte, tenantBytes: 3 * mebibyte },
    }).of(await world.addTenant());
    const writer = await tight.create({ name: 'x', contentType: '' });
    await expect(writer.write(Buffer.alloc(2 * mebibyte + 1))).rejects.toMatchObject({ code: 'too_large' });
    await writer.abandon();
    await keep(Buffer.alloc(2 * mebibyte), tight);
    const second = await tight.create({ name: 'x', contentType: '' });
    const whole = second.write(Buffer.alloc(mebibyte + pieceBytes)).then(() => second.finish());
    await expect(whole).rejects.toMatchObject({ code: 'too_large' });
    await second.abandon();
    await keep(Buffer.alloc(1000), tight);
  });

  it('is not read before it is whole', async () => {
    const writer = await files.create({ name: 'x', contentType: '' });
    await writer.write(Buffer.alloc(pieceBytes * 2));
    const [row] = await ask<{ id: string }>('SELECT id FROM stored_files WHERE completed_at IS NULL');
    expect(await files.find(row!.id)).toBeNull();
    const reference = await writer.finish();
    expect(await files.find(reference.fileId)).toEqual(reference);
  });

  it('is removed when its time is over, and kept longer by a run that reads it', async () => {
    const unused = await keep(Buffer.alloc(pieceBytes + 1));
    const used = await keep(Buffer.from('used'));
    await store.of(tenantId, randomUUID()).find(used.fileId);
    await ask("UPDATE stored_files SET expires_at = expires_at - ($1 || ' days')::interval", [
      keptUnusedDays,
    ]);
    expect(await files.find(unused.fileId)).toBeNull();
    expect(await pruneFiles(world.database)).toBeGreaterThan(0);
    expect(await pruneFiles(world.database)).toBe(0);
    const left = await ask('SELECT 1 FROM file_chunks WHERE file_id = $1', [unused.fileId]);
    expect(left).toEqual([]);
    expect(await files.find(used.fileId)).toEqual(used);
  });

  it('names files so that no header and no disk misreads them', () => {
    expect(nameFile('../../etc/pass\u0000wd"')).toBe('passwd');
    expect(nameFile('..')).toBe('file');
    expect(nameFile('Bericht Ä.pdf')).toBe('Bericht Ä.pdf');
    expect(typeFile('text/html; charset=utf-8')).toBe('text/html; charset=utf-8');
    expect(typeFile('a/b\r\nx: y')).toBe('application/octet-stream');
    expect(dispositionOf('Ä "x".pdf')).toBe(
      `attachment; filename="_ _x_.pdf"; filename*=UTF-8''%C3%84%20%22x%22.pdf`,
    );
    const named = (disposition: string) =>
      nameFromAnswer({ 'content-disposition': disposition }, 'https://a.example/x/report%20a.pdf?y');
    expect(named(`attachment; filename="a.txt"; filename*=UTF-8''%C3%84.txt`)).toBe('Ä.txt');
    expect(named('attachment; filename=b.txt')).toBe('b.txt');
    expect(named('')).toBe('report a.pdf');
  });
});

describe('an action', () => {
  const upload: Partial<Action> = {
    method: 'POST',
    bodyFormat: 'multipart',
    inputSchema: { type: 'object', properties: { file: { 'x-file': true } } },
    bodyTemplate: { title: 'T', file: '{{input.file}}' },
  };

  it('keeps an answer as a file and gives its reference', async () => {
    const { host } = await start((request, response) => {
      if (request.url === '/no') return response.writeHead(404).end('{"message":"gone"}');
      if (request.url === '/zip') response.setHeader('content-encoding', 'gzip');
      response.setHeader('content-type', 'text/csv');
      response.setHeader('content-disposition', 'attachment; filename="rows.csv"');
      response.end(request.url === '/zip' ? gzipSync('a,b\n1,2') : 'a,b\n1,2');
    });
    for (const endpointTemplate of ['/do', '/zip']) {
      const result = await callService({
        host,
        action: { responseFormat: 'file', endpointTemplate },
        dependencies: { files },
      });
      expect(result).toMatchObject({
        ok: true,
        output: { name: 'rows.csv', contentType: 'text/csv', size: 7 },
        response: { body: { name: 'rows.csv' } },
      });
      if (result.ok) expect((await content(result.output as FileReference)).toString()).toBe('a,b\n1,2');
    }
    const failed = await callService({
      host,
      action: { responseFormat: 'file', endpointTemplate: '/no' },
      dependencies: { files },
    });
    expect(failed).toMatchObject({ ok: false, error: { type: 'NOT_FOUND', status: 404 } });
  });

  it('leaves no file of an answer that is too large, breaks off, or is a failure of the app', async () => {
    const own = await world.addTenant();
    const { host } = await start((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/broken') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('x');
        return setTimeout(() => response.destroy(), 20);
      }
      response.end(request.url === '/large' ? Buffer.alloc(mebibyte) : '{"error":"no"}');
    });
    const call = (action: Partial<Action>) =>
      callService({
        host,
        action: { responseFormat: 'file', ...action },
        dependencies: { files: store.of(own) },
      });
    expect(await call({ endpointTemplate: '/large', maxResponseBytes: 1000 })).toMatchObject({
      ok: false,
      error: { code: 'too_large', sent: 'answered' },
    });
    expect(await call({ endpointTemplate: '/broken' })).toMatchObject({
      ok: false,
      error: { code: 'remote_unreachable', sent: 'unknown' },
    });
    const errors: Action['errors'] = [
      { when: "{{headers['content-type'] == 'application/json'}}", type: 'PERMANENT' },
    ];
    expect(await call({ errors })).toMatchObject({ ok: false, error: { type: 'PERMANENT' } });
    expect(await ask('SELECT 1 FROM stored_files WHERE tenant_id = $1', [own])).toEqual([]);
    expect(await ask('SELECT 1 FROM file_chunks WHERE tenant_id = $1', [own])).toEqual([]);
  });

  it('stops at once when the run is cancelled or its time is over, and leaves nothing', async () => {
    const own = await world.addTenant();
    const closed: string[] = [];
    const { host } = await start((request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const timer = setInterval(() => response.write(Buffer.alloc(200_000)), 10);
      response.on('close', () => {
        clearInterval(timer);
        closed.push(request.url ?? '');
      });
    });
    const call = (more: { timeoutMs?: number; signal?: AbortSignal }) =>
      callService({
        host,
        action: { responseFormat: 'file' },
        call: more,
        dependencies: { files: store.of(own) },
      });
    expect(await call({ timeoutMs: 400 })).toMatchObject({ ok: false, error: { code: 'step_timeout' } });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 400);
    expect(await call({ signal: stop.signal })).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    await expect.poll(() => closed.length).toBe(2);
    expect(await ask('SELECT 1 FROM stored_files WHERE tenant_id = $1', [own])).toEqual([]);
  });

  it('sends a file in a form, alone, and among related parts, with the right length', async () => {
    const bytes = randomBytes(pieceBytes + 17);
    const file = await keep(bytes, files, 'Ä.bin');
    const seen: { body: Buffer; type: string; length: string }[] = [];
    const { host } = await start(async (request, response) => {
      const body = await readAll(request);
      const { 'content-type': type = '', 'content-length': length = '' } = request.headers;
      seen.push({ body, type, length });
      response.end('{}');
    });
    const call = (action: Partial<Action>) =>
      callService({ host, action: { ...upload, ...action }, input: { file }, dependencies: { files } });
    const result = await call({});
    expect(result).toMatchObject({ ok: true, request: { body: { file } } });
    await call({ bodyFormat: 'binary', bodyTemplate: '{{input.file}}' });
    await call({
      bodyFormat: 'multipartRelated',
      bodyTemplate: [{ json: { name: '{{input.file.name}}' } }, { file: '{{input.file}}' }],
    });
    const [form, alone, related] = seen;
    for (const { body, length } of seen) {
      expect(Number(length)).toBe(body.length);
      expect(body.includes(bytes)).toBe(true);
    }
    expect(form?.body.toString('latin1', 0, 600)).toMatch(/name="title"\r\n\r\nT\r\n/);
    expect(form?.body.includes('name="file"; filename="Ä.bin"\r\nContent-Type: application/pdf')).toBe(true);
    expect([alone?.type, alone?.body.length]).toEqual(['application/pdf', bytes.length]);
    expect(related?.type).toMatch(/^multipart\/related; boundary=/);
  });

  it('writes a file as base64 into a JSON body, piece by piece, where the app says so', async () => {
    const sizes = [0, 1, 2, 3, pieceBytes + 1, 2 * pieceBytes + 2];
    const contents = sizes.map((size) => randomBytes(size));
    const kept = await Promise.all(contents.map((bytes) => keep(bytes)));
    const bodies: string[] = [];
    const { host } = await start(async (request, response) => {
      const body = await readAll(request);
      expect(Number(request.headers['content-length'])).toBe(body.length);
      bodies.push(body.toString());
      response.end('{}');
    });
    const action: Partial<Action> = {
      method: 'POST',
      bodyTemplate: {
        message: 'Add "it" é',
        content: { base64Of: '{{input.files[4]}}' },
        rest: '{{input.rest}}',
        plain: '{{input.files[0]}}',
      },
    };
    const input = {
      files: kept,
      rest: kept.map((file) => ({ base64Of: file })),
    };
    const result = await callService({ host, action, input, dependencies: { files } });
    expect(result).toMatchObject({ ok: true, request: { body: { content: { base64Of: kept[4] } } } });
    const sent = JSON.parse(bodies[0]!) as {
      message: string;
      content: string;
      rest: string[];
      plain: object;
    };
    expect(sent.message).toBe('Add "it" é');
    expect(sent.content).toBe(contents[4]!.toString('base64'));
    expect(sent.rest).toEqual(contents.map((bytes) => bytes.toString('base64')));
    expect(sent.plain).toEqual(kept[0]);
  });

  it('sends a file again from its beginning after a redirect that keeps the body', async () => {
    const file = await keep(Buffer.from('once more'));
    const bodies: string[] = [];
    const { host } = await start(async (request, response) => {
      bodies.push((await readAll(request)).toString());
      if (request.url === '/do') response.writeHead(307, { location: '/there' }).end();
      else response.end('{}');
    });
    const action = { ...upload, bodyFormat: 'binary', bodyTemplate: '{{input.file}}' };
    expect(await callService({ host, action, input: { file }, dependencies: { files } })).toMatchObject({
      ok: true,
    });
    expect(bodies).toEqual(['once more', 'once more']);
  });

  it('says that a file is not there, and sends nothing', async () => {
    const { host, calls } = await start((_, response) => response.end('{}'));
    const file = { fileId: randomUUID(), name: 'old.pdf' };
    const result = await callService({ host, action: upload, input: { file }, dependencies: { files } });
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'bad_value', sent: 'no', message: expect.stringMatching(/"old.pdf" is not in this/) },
    });
    const none = await callService({ host, action: upload, input: { file } });
    expect(none).toMatchObject({ ok: false, error: { code: 'bad_value', sent: 'no' } });
    expect(calls).toEqual([]);
  });
});

describe('memory', () => {
  const total = 64 * mebibyte;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  /** What is left after a collection: garbage that waits for one is not held. */
  const held = (): number => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  /** The most that is held above the start, while something is done. */
  const measure = async (work: () => Promise<unknown>): Promise<number> => {
    const before = held();
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, held() - before)), 500);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    return most;
  };

  it('does not grow with a file of 64 MiB, neither down nor up', { timeout: 400_000 }, async () => {
    const piece = randomBytes(mebibyte);
    const hash = createHash('sha256');
    for (let sent = 0; sent < total; sent += piece.length) hash.update(piece);
    const expected = hash.digest('hex');
    let arrived = '';
    const { host } = await start(async (request, response) => {
      if (request.method === 'GET') {
        response.writeHead(200, { 'content-length': String(total) });
        Readable.from(
          (function* () {
            for (let sent = 0; sent < total; sent += piece.length) yield piece;
          })(),
        ).pipe(response);
        return;
      }
      const got = createHash('sha256');
      for await (const part of request) got.update(part as Buffer);
      arrived = got.digest('hex');
      response.end('{}');
    });
    let file: unknown;
    const down = await measure(async () => {
      const result = await callService({
        host,
        action: { responseFormat: 'file', timeoutMs: 180_000 },
        dependencies: { files },
      });
      expect(result).toMatchObject({ ok: true, output: { size: total } });
      if (result.ok) file = result.output;
    });
    const up = await measure(async () => {
      const action: Partial<Action> = {
        method: 'PUT',
        timeoutMs: 180_000,
        bodyFormat: 'binary',
        bodyTemplate: '{{input.file}}',
      };
      const input = { file: file as never };
      expect(await callService({ host, action, input, dependencies: { files } })).toMatchObject({ ok: true });
    });
    expect(arrived).toBe(expected);
    console.log(
      `64 MiB by reference: at most ${Math.round(down / mebibyte)} MiB more held down, ${Math.round(up / mebibyte)} MiB up`,
    );
    expect(down / total).toBeLessThan(0.5);
    expect(up / total).toBeLessThan(0.5);
  });
});
