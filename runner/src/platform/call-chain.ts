// The chain of workflows that led to a call of one of our own addresses: a header that only this installation can write.
// Inside one workspace a workflow stands by its id; over the border of a workspace it goes as a mark that says nothing.
import type { Vault } from './vault.ts';

export const chainHeader = 'x-weftline-chain';
/** On the answer of a refused call: tells our own executor what the refusal is. */
export const refusedHeader = 'x-weftline-refused';

/** Workflows in a chain, the called one included. */
export const mostHops = 10;

type Signer = Pick<Vault, 'sign' | 'verify'>;
type Place = { tenantId: string; workflowId: string };

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const entryForm = /^(~[A-Za-z0-9_-]{22}|[0-9a-f-]{36} [0-9a-f-]{36})$/;
/** Two ids an entry, in base64url, and a signature. */
const longestHeader = (mostHops + 1) * 110 + 60;

const markOf = (signer: Signer, workflowId: string): string =>
  `~${signer.sign('call-chain', `mark ${workflowId}`).subarray(0, 16).toString('base64url')}`;

/**
 * The header for calls of a run of `place`, whose own chain (outermost first) is given.
 * Entries of the run's workspace are ids, those of others marks.
 */
export function writeChain(signer: Signer, place: Place, chain: readonly string[]): string {
  const entries = [...chain, place.workflowId]
    .slice(-(mostHops + 1))
    .map((entry) => (entry.startsWith('~') ? entry : `${place.tenantId} ${entry}`));
  const text = Buffer.from(JSON.stringify(entries)).toString('base64url');
  return `${text}.${signer.sign('call-chain', `chain ${text}`).toString('base64url')}`;
}

/**
 * The workflows that led to a call of `callee`, outermost first; `[]` for a header that is absent or that this installation
 * did not write: whoever forges one is treated as a caller without.
 */
export function readChain(signer: Signer, callee: Place, header: string | null | undefined): string[] {
  if (!header || header.length > longestHeader) return [];
  const [text = '', signature = '', more] = header.split('.');
  if (more !== undefined || !signature) return [];
  if (!signer.verify('call-chain', `chain ${text}`, Buffer.from(signature, 'base64url'))) return [];
  const entries = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
  if (!Array.isArray(entries)) return [];
  const own = markOf(signer, callee.workflowId);
  return entries
    .filter((entry): entry is string => typeof entry === 'string' && entryForm.test(entry))
    .map((entry) => {
      if (entry.startsWith('~')) return entry === own ? callee.workflowId : entry;
      const [tenantId, workflowId = ''] = entry.split(' ');
      return tenantId === callee.tenantId ? workflowId : markOf(signer, workflowId);
    });
}

/** Why a workflow must not be called by this chain; null: it may. Pure. */
export function refuseChain(chain: readonly string[], workflowId: string): 'circle' | 'depth' | null {
  if (chain.includes(workflowId)) return 'circle';
  return chain.length + 1 > mostHops ? 'depth' : null;
}

/** The chain with the called workflow as a person reads it. `names`: of the callee's workspace, by id. */
export function describeChain(
  chain: readonly string[],
  callee: { workflowId: string; workflowName: string },
  names: ReadonlyMap<string, string>,
): string {
  const shown = chain.map((entry) =>
    entry === callee.workflowId
      ? callee.workflowName
      : (names.get(entry) ?? (idForm.test(entry) ? 'a deleted workflow' : 'a workflow of another workspace')),
  );
  return [...shown, callee.workflowName].map((name) => `"${name}"`).join(' → ');
}
