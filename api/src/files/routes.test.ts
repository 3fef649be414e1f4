// Files over the API: put in as they are, fetched as an attachment, and nobody else's.
import { randomBytes, randomUUID } from 'node:crypto';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApi, type TestPerson, startTestApi } from '../testing/start-test-api.ts';

let api: TestApi;
let ada: TestPerson;
beforeAll(async () => {
  api = await startTestApi({ env: { FILE_MIB: '2', WORKSPACE_FILES_MIB: '20' } });
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers without naming their types first
const json = (response: Response): Promise<any> => response.json();

const put = (
  person: TestPerson,
  body: string | Buffer | ReadableStream | null,
  headers: { [name: string]: string } = {},
  query = '',
) =>
  api.app.request(`/api/v1/tenants/${person.tenant.id}/files${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${person.accessToken}`, ...headers },
    body,
    ...({ duplex: 'half' } as object),
  });
const get = (person: TestPerson, fileId: string) =>
  api.app.request(`/api/v1/tenants/${person.tenant.id}/files/${fileId}`, {
    headers: { authorization: `Bearer ${person.accessToken}` },
  });
const countFiles = (tenantId: string): Promise<number> =>
  withClient(api.testDatabase.adminUrl, async (client) => {
    const { rows } = await client.query(
      'SELECT (SELECT count(*) FROM stored_files WHERE tenant_id = $1) + (SELECT count(*) FROM file_chunks WHERE tenant_id = $1) AS n',
      [tenantId],
    );
    return Number(rows[0].n);
  });

test('what is put in comes out again, as an attachment that runs nothing', async () => {
  const bytes = randomBytes(1_200_000);
  const kept = await put(ada, bytes, {
    'content-type': 'text/html',
    'x-file-name': encodeURIComponent('../Bericht "Ä".html'),
  });
  expect(kept.status).toBe(201);
  const file = await json(kept);
  expect(file).toEqual({
    fileId: expect.any(String),
    name: 'Bericht Ä.html',
    contentType: 'text/html',
    size: bytes.length,
  });
  const fetched = await get(ada, file.fileId);
  expect(fetched.status).toBe(200);
  expect(Buffer.from(await fetched.arrayBuffer()).equals(bytes)).toBe(true);
  expect(Object.fromEntries(fetched.headers)).toMatchObject({
    'content-length': String(bytes.length),
    'content-disposition': `attachment; filename="Bericht _.html"; filename*=UTF-8''Bericht%20%C3%84.html`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
  });
  const audit = await ada.call('GET', '/audit');
  expect(audit.body.data[0]).toMatchObject({ action: 'file.uploaded', subject: `file:${file.fileId}` });
  expect((await json(await put(ada, null, {}, '?name=empty.txt'))).size).toBe(0);
});

test('a file is removed by who may put one in, with its content, and only once', async () => {
  const eva = await api.register('Eva');
  const { fileId } = await json(await put(eva, Buffer.alloc(700_000)));
  const viewer = await api.join(eva, 'viewer');
  const path = `/api/v1/tenants/${eva.tenant.id}/files/${fileId}`;
  expect((await api.call('DELETE', path, { as: viewer.accessToken })).status).toBe(403);
  expect((await ada.call('DELETE', `/files/${fileId}`)).status).toBe(404);
  expect((await eva.call('DELETE', `/files/${fileId}`)).status).toBe(204);
  expect((await eva.call('DELETE', `/files/${fileId}`)).status).toBe(404);
  expect((await get(eva, fileId)).status).toBe(404);
  expect(await countFiles(eva.tenant.id)).toBe(0);
});

describe('a file is refused', () => {
  test('by its length, whether it is told or not, and leaves nothing', async () => {
    const eva = await api.register('Eva');
    const told = await put(eva, Buffer.alloc(3 * 1024 * 1024), { 'content-length': String(3 * 1024 * 1024) });
    expect([told.status, (await json(told)).error.code]).toEqual([413, 'too_large']);
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(512 * 1024)),
    });
    const endless = await put(eva, stream);
    expect([endless.status, (await json(endless)).error.code]).toEqual([413, 'too_large']);
    const broken = await put(
      eva,
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(700 * 1024)),
        pull: (controller) => controller.error(new Error('gone')),
      }),
    );
    expect([broken.status, (await json(broken)).error.code]).toEqual([400, 'not_parseable']);
    expect(await countFiles(eva.tenant.id)).toBe(0);
  });

  test('to viewers, to strangers, and to pages of others', async () => {
    const { fileId } = await json(await put(ada, 'mine'));
    const viewer = await api.join(ada, 'viewer');
    const asViewer = { ...viewer, tenant: ada.tenant };
    expect((await put(asViewer, 'x')).status).toBe(403);
    expect((await get(asViewer, fileId)).status).toBe(200);
    const eva = await api.register('Eva');
    const foreign = await get(eva, fileId);
    const never = await get(eva, randomUUID());
    expect([foreign.status, never.status]).toEqual([404, 404]);
    const bare = ({ error }: { error: { message: string; code: string } }) => [error.code, error.message];
    expect(bare(await json(foreign))).toEqual(bare(await json(never)));
    expect((await get({ ...eva, tenant: ada.tenant }, fileId)).status).toBe(404);
    const elsewhere = await put(ada, 'x', { origin: 'https://evil.example' });
    expect(elsewhere.status).toBe(403);
  });
});
