// Stops workflows that call each other in a circle, or deeper than ten, where the call comes in.
import type { Database } from '@weftline/prisma';
import { describeChain, mostHops, readChain, refuseChain } from '../platform/call-chain.ts';
import { CodedError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Vault } from '../platform/vault.ts';

export type Called = { tenantId: string; workflowId: string; workflowName: string };

/**
 * The chain that a run of the called workflow is to carry: the workflows that led to it, outermost first.
 * @param header as the call brought it; one that this installation did not sign counts as none
 * @throws CodedError `call_cycle`, whose message and details show the chain
 */
export async function guardChain(
  services: { vault: Pick<Vault, 'sign' | 'verify'>; database: Database; logger: Pick<Logger, 'warn'> },
  called: Called,
  header: string | null | undefined,
): Promise<string[]> {
  if (!header) return [];
  const { tenantId, workflowId } = called;
  const chain = readChain(services.vault, called, header);
  const fault = refuseChain(chain, workflowId);
  if (fault === null) return chain;
  const rows = await services.database.withTenant(tenantId, (tx) =>
    tx.workflow.findMany({
      where: { tenantId, id: { in: chain.filter((entry) => !entry.startsWith('~')) } },
      select: { id: true, name: true },
    }),
  );
  const shown = describeChain(chain, called, new Map(rows.map(({ id, name }) => [id, name])));
  services.logger.warn(
    { tenantId, workflowId, chain, fault },
    'a call was refused: workflows call each other',
  );
  throw new CodedError({
    code: 'call_cycle',
    message:
      fault === 'circle'
        ? `Workflows call each other in a circle, so this call was not taken: ${shown}.`
        : `More than ${mostHops} workflows call one another, so this call was not taken: ${shown}.`,
    details: { chain: [...chain, workflowId] },
  });
}
