// Credentials of a connection as sealed bytes and back. The only place that turns one into the other.
import type { Vault } from '../platform/vault.ts';

export type Credentials = { [name: string]: string };
/** What may be shown of a credential: never its value. */
export type CredentialFacts = { [name: string]: { updatedAt: string; fingerprint: string } };

const placeOf = (connectionId: string) => ({
  table: 'connections',
  row: connectionId,
  column: 'secret_cipher',
});

/** Seals credentials for exactly this connection's row. */
export const sealCredentials = (
  vault: Vault,
  tenantId: string,
  connectionId: string,
  credentials: Credentials,
): Promise<Buffer> => vault.seal(tenantId, placeOf(connectionId), JSON.stringify(credentials));

/**
 * Opens sealed credentials; a connection without any has none.
 * @throws CodedError `internal` when the bytes were sealed for another row or changed
 */
export async function openCredentials(
  vault: Vault,
  tenantId: string,
  connectionId: string,
  sealed: Uint8Array | null,
): Promise<Credentials> {
  if (sealed === null) return {};
  const plain = await vault.open(tenantId, placeOf(connectionId), sealed);
  try {
    return JSON.parse(plain.toString('utf8')) as Credentials;
  } finally {
    plain.fill(0);
  }
}

/**
 * Facts for `next`: a credential whose value did not change keeps its date.
 * Fingerprint: the first 8 hex characters of an HMAC under a key of the tenant.
 */
export async function describeCredentials(
  vault: Vault,
  tenantId: string,
  next: Credentials,
  former: CredentialFacts,
  now: Date,
): Promise<CredentialFacts> {
  const facts: CredentialFacts = {};
  for (const [name, value] of Object.entries(next)) {
    const fingerprint = (await vault.signForTenant(tenantId, 'fingerprint', [name, value]))
      .toString('hex')
      .slice(0, 8);
    const known = Object.hasOwn(former, name) ? former[name] : undefined;
    facts[name] = known?.fingerprint === fingerprint ? known : { updatedAt: now.toISOString(), fingerprint };
  }
  return facts;
}
