// Changes the sealed credentials of a connection without losing what somebody else stored meanwhile.
import type { Database, Prisma, Transaction } from '@weftline/prisma';
import { CodedError } from '../platform/errors.ts';
import type { Vault } from '../platform/vault.ts';
import {
  type CredentialFacts,
  type Credentials,
  describeCredentials,
  openCredentials,
  sealCredentials,
} from './seal-credentials.ts';

export type ConnectionStore = { database: Database; vault: Vault };

/** The columns that a change of credentials reads. */
export type SealedConnection = {
  secretCipher: Uint8Array | null;
  credentialFacts: Prisma.JsonValue;
  etag: number;
};

/** What else is written together with the credentials. */
export type ConnectionChange = Prisma.ConnectionUpdateManyMutationInput;

/** Where the write happens: one transaction, which the caller may use for more. */
export type Commit = (work: (tx: Transaction) => Promise<void>) => Promise<void>;

const tries = 5;
/** Thrown to roll back a write whose sealed bytes were no longer the ones that were read. */
const overtaken = new Error('overtaken');

/**
 * Reads, changes and seals again; writes only if the sealed bytes are still the ones that were read, else starts over.
 * `change` gets the opened credentials and the row's etag, and answers the next ones, or null to leave everything as it is.
 * @returns false when `change` answered null
 * @throws CodedError `not_found` (no such connection), `conflict` (others were faster five times), or what `change` throws
 */
export async function changeCredentials(
  { database, vault }: ConnectionStore,
  tenantId: string,
  connectionId: string,
  change: (
    opened: Credentials,
    row: SealedConnection,
  ) => { credentials: Credentials; also?: ConnectionChange } | null,
  commit: Commit = (work) => database.withTenant(tenantId, work),
): Promise<boolean> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const row = await database.withTenant(tenantId, (tx) =>
      tx.connection.findFirst({
        where: { tenantId, id: connectionId, deletedAt: null },
        select: { secretCipher: true, credentialFacts: true, etag: true },
      }),
    );
    if (row === null) throw new CodedError({ code: 'not_found', message: 'There is no such connection.' });
    const opened = await openCredentials(vault, tenantId, connectionId, row.secretCipher);
    const next = change(opened, row);
    if (next === null) return false;
    const now = new Date();
    const facts = await describeCredentials(
      vault,
      tenantId,
      next.credentials,
      row.credentialFacts as CredentialFacts,
      now,
    );
    const sealed = await sealCredentials(vault, tenantId, connectionId, next.credentials);
    const write = async (tx: Transaction): Promise<void> => {
      const { count } = await tx.connection.updateMany({
        where: {
          tenantId,
          id: connectionId,
          deletedAt: null,
          secretCipher: row.secretCipher,
        },
        data: {
          ...next.also,
          secretCipher: new Uint8Array(sealed),
          credentialFacts: facts,
          updatedAt: now,
        },
      });
      if (count !== 1) throw overtaken;
    };
    try {
      await commit(write);
      return true;
    } catch (error) {
      if (error !== overtaken) throw error;
    }
  }
  throw new CodedError({
    code: 'conflict',
    message: 'The connection is being changed by somebody else. Try again.',
  });
}
