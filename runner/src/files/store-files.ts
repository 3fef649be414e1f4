// Files in the database, sealed piece by piece under the workspace's key, because many processes share no disk. Content is
// written and read in pieces; nobody holds a file whole.
import type { Database, Transaction } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';
import type { FileReference, Files, FileWriter } from '../executor/files.ts';
import { CodedError } from '../platform/errors.ts';
import type { Vault } from '../platform/vault.ts';
import { nameFile, typeFile } from '../executor/name-file.ts';

/** Bytes of one piece before it is sealed. */
export const pieceBytes = 512 * 1024;
const dayMs = 24 * 60 * 60 * 1000;
/** As long as the run that made or used it is kept. */
export const keptForRunDays = 90;
/** An upload that no run has read. */
export const keptUnusedDays = 7;
/** A file that is still being written after this was left by a process that died. */
const writingMs = dayMs;
/** The room of a workspace is counted anew after so many pieces. */
const countEvery = 8;

export type FileLimits = {
  /** Most bytes of one file. */
  fileBytes: number;
  /** Most bytes of all files of a workspace together. */
  tenantBytes: number;
};

export type FileStore = {
  limits: FileLimits;
  /** The files of a workspace; `runId` keeps what the run makes and reads as long as itself. */
  of: (tenantId: string, runId?: string) => Files;
};

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`;

const noSuchFile = (): CodedError =>
  new CodedError({ code: 'not_found', message: 'There is no such file, or it is kept no longer.' });

/** Makes the store of one process. */
export function createFileStore({
  database,
  vault,
  limits,
  now = Date.now,
}: {
  database: Database;
  vault: Vault;
  limits: FileLimits;
  /** Milliseconds since 1970. */
  now?: () => number;
}): FileStore {
  const placeOf = (fileId: string, place: number) => ({
    table: 'file_chunks',
    row: `${fileId}:${place}`,
    column: 'sealed',
  });
  const inDays = (days: number): Date => new Date(now() + days * dayMs);

  async function assertRoom(tx: Transaction, tenantId: string): Promise<void> {
    const { _sum } = await tx.storedFile.aggregate({ where: { tenantId }, _sum: { size: true } });
    if (Number(_sum.size ?? 0) > limits.tenantBytes)
      throw new CodedError({
        code: 'too_large',
        message: `The files of this workspace may have ${megabytes(limits.tenantBytes)} together; older ones are removed when their time is over.`,
        details: { limitBytes: limits.tenantBytes },
      });
  }

  async function removeFile(tenantId: string, id: string): Promise<void> {
    if (!isUuid(id)) return;
    await database.withTenant(tenantId, async (tx) => {
      await tx.fileChunk.deleteMany({ where: { tenantId, fileId: id } });
      await tx.storedFile.deleteMany({ where: { tenantId, id } });
    });
  }

  async function create(
    tenantId: string,
    runId: string | null,
    given: { name: string; contentType: string },
  ): Promise<FileWriter> {
    const fileId = uuidv7();
    const name = nameFile(given.name);
    const contentType = typeFile(given.contentType);
    await database.withTenant(tenantId, async (tx) => {
      await assertRoom(tx, tenantId);
      const expiresAt = new Date(now() + writingMs);
      await tx.storedFile.createMany({
        data: [{ tenantId, id: fileId, name, contentType, runId, expiresAt }],
      });
    });
    let size = 0;
    let place = 0;
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;

    async function keep(piece: Uint8Array): Promise<void> {
      const sealed = await vault.seal(tenantId, placeOf(fileId, place), piece);
      await database.withTenant(tenantId, async (tx) => {
        await tx.fileChunk.createMany({
          data: [{ tenantId, fileId, place, sealed: new Uint8Array(sealed) }],
        });
        await tx.storedFile.updateMany({ where: { tenantId, id: fileId }, data: { size: BigInt(size) } });
        if (place % countEvery === 0) await assertRoom(tx, tenantId);
      });
      place += 1;
    }
    async function flush(): Promise<void> {
      if (waitingBytes === 0) return;
      const piece = waiting.length === 1 ? (waiting[0] as Uint8Array) : Buffer.concat(waiting, waitingBytes);
      waiting = [];
      waitingBytes = 0;
      await keep(piece);
    }
    return {
      async write(bytes) {
        size += bytes.length;
        if (size > limits.fileBytes)
          throw new CodedError({
            code: 'too_large',
            message: `A file may have ${megabytes(limits.fileBytes)}.`,
            details: { limitBytes: limits.fileBytes },
          });
        for (let from = 0; from < bytes.length;) {
          const part = bytes.subarray(from, from + pieceBytes - waitingBytes);
          waiting.push(part);
          waitingBytes += part.length;
          from += part.length;
          if (waitingBytes >= pieceBytes) await flush();
        }
      },
      async finish() {
        await flush();
        await database.withTenant(tenantId, async (tx) => {
          await assertRoom(tx, tenantId);
          const expiresAt = inDays(runId === null ? keptUnusedDays : keptForRunDays);
          const data = { size: BigInt(size), completedAt: new Date(now()), expiresAt };
          await tx.storedFile.updateMany({ where: { tenantId, id: fileId }, data });
        });
        return { fileId, name, contentType, size };
      },
      abandon: () => removeFile(tenantId, fileId),
    };
  }

  async function find(tenantId: string, fileId: string): Promise<FileReference | null> {
    if (!isUuid(fileId)) return null;
    const row = await database.withTenant(tenantId, (tx) =>
      tx.storedFile.findFirst({
        where: { tenantId, id: fileId, completedAt: { not: null }, expiresAt: { gt: new Date(now()) } },
      }),
    );
    return row === null
      ? null
      : { fileId, name: row.name, contentType: row.contentType, size: Number(row.size) };
  }

  async function* read(tenantId: string, fileId: string): AsyncGenerator<Uint8Array> {
    const file = await find(tenantId, fileId);
    if (file === null) throw noSuchFile();
    let left = file.size;
    for (let place = 0; left > 0; place += 1) {
      const row = await database.withTenant(tenantId, (tx) =>
        tx.fileChunk.findFirst({ where: { tenantId, fileId, place }, select: { sealed: true } }),
      );
      if (row === null) throw noSuchFile();
      const piece = await vault.open(tenantId, placeOf(fileId, place), row.sealed);
      left -= piece.length;
      yield piece;
    }
  }

  return {
    limits,
    of(tenantId, runId) {
      const run = runId !== undefined && isUuid(runId) ? runId : null;
      return {
        largest: limits.fileBytes,
        create: (file) => create(tenantId, run, file),
        remove: (fileId) => removeFile(tenantId, fileId),
        read: (fileId) => read(tenantId, fileId),
        async find(fileId) {
          const file = await find(tenantId, fileId);
          if (file === null || run === null) return file;
          // What a run has read is kept as long as the run.
          await database.withTenant(tenantId, (tx) =>
            tx.storedFile.updateMany({
              where: { tenantId, id: fileId, expiresAt: { lt: inDays(keptForRunDays - 1) } },
              data: { expiresAt: inDays(keptForRunDays) },
            }),
          );
          return file;
        },
      };
    },
  };
}
