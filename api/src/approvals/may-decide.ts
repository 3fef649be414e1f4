// Who may decide an approval: said the same way in the list, on the pages and when somebody tries.
import type { Prisma } from '@weftline/prisma';
import { mayDo } from '../access.ts';
import type { Actor } from '../context.ts';

/** A sentence that says why this caller may not decide, or null for one who may. Pure. */
export function whyNotDecide(
  approval: Pick<Prisma.RunQuestionGetPayload<object>, 'approvers' | 'fourEyes' | 'requestedBy'>,
  actor: Pick<Actor, 'kind' | 'userId' | 'role'>,
): string | null {
  const { approvers, fourEyes, requestedBy } = approval;
  if (!mayDo(actor.role, 'runs.start')) return `Your role (${actor.role}) may not decide approvals.`;
  if (approvers.length > 0 && !approvers.includes(actor.role))
    return `Only ${approvers.join(' or ')} may decide this; your role is ${actor.role}.`;
  if (!fourEyes) return null;
  if (requestedBy === actor.userId)
    return 'This takes four eyes: you started the run, so somebody else decides.';
  return actor.kind === 'key' ? 'This takes four eyes: a signed-in person decides, not an API key.' : null;
}
