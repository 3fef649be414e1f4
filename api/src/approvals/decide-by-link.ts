// Approvals through their link: opening it shows a page and changes nothing; pressing a button of the page decides, once.
import { answerQuestion } from '@weftline/runner/questions/answer-question';
import { hashApprovalToken, isPressValue, pressValue } from '@weftline/runner/questions/approval-link';
import { writeAudit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Services } from '../services.ts';
import { closedPage, decidePage, decidedPage, signInPage } from './link-page.ts';
import type { ApprovalRow } from './list-approvals.ts';

/** As the journal, the audit log and the output of the step name who decided. */
const byLink = 'link';

/** The approval that a token is for, if it can be decided now. */
async function findOpen(services: Services, token: string): Promise<ApprovalRow | null> {
  const hash = hashApprovalToken(token);
  if (hash === null) return null;
  const [found] = await services.database.callDoor<{ tenant_id: string; question_id: string }>(
    'question_by_link',
    [hash],
  );
  if (!found) return null;
  const { tenant_id: tenantId, question_id: id } = found;
  return services.database.withTenant(tenantId, (tx) =>
    tx.runQuestion.findFirst({
      where: {
        tenantId,
        id,
        kind: 'approval',
        state: 'pending',
        OR: [{ expiresAt: null }, { expiresAt: { gt: services.clock() } }],
      },
    }),
  );
}

/** True where a person decides with their own right, so that having the link is not enough. */
const takesPerson = ({ approvers, fourEyes }: ApprovalRow): boolean => fourEyes || approvers.length > 0;

async function show({ services }: Pick<Context, 'services'>, row: ApprovalRow, tooOld = false) {
  const { title, message, workflowName, expiresAt, tenantId, id: questionId } = row;
  const shown = { title: title ?? '', message, workflowName, expiresAt };
  if (takesPerson(row)) return signInPage(shown, `${services.env.PUBLIC_URL}/approvals?id=${questionId}`);
  const value = (decision: string) =>
    pressValue(services.vault, { tenantId, questionId, decision }, services.clock().getTime());
  return decidePage(shown, { approve: await value('approve'), reject: await value('reject') }, tooOld);
}

/** The page of a link. Writes nothing. */
export async function openLink(context: Context, token: string): Promise<Response> {
  const row = await findOpen(context.services, token);
  return row === null ? closedPage() : show(context, row);
}

/** Decides through a link. Inputs: the token, and the form of the page: `decision` and its fresh `value`. */
export async function decideByLink(
  context: Context,
  token: string,
  form: URLSearchParams,
): Promise<Response> {
  const { services, requestId } = context;
  const row = await findOpen(services, token);
  if (row === null) return closedPage();
  if (takesPerson(row)) return show(context, row);
  const { tenantId, id: questionId } = row;
  const said = form.get('decision');
  const isGood =
    (said === 'approve' || said === 'reject') &&
    (await isPressValue(
      services.vault,
      { tenantId, questionId, decision: said },
      form.get('value') ?? '',
      services.clock().getTime(),
    ));
  if (!isGood) return show(context, row, true);
  const decision = said === 'approve' ? 'approved' : 'rejected';
  const taken = await services.database.withTenant(tenantId, async (tx) => {
    const verdict = await answerQuestion(tx, questionId, { decision, note: null }, byLink);
    if (verdict?.kind !== 'taken') return false;
    const actor = { tenantId, actor: byLink, requestId };
    await writeAudit(tx, actor, { action: `approval.${decision}`, subject: `approval:${questionId}` });
    return true;
  });
  if (!taken) return closedPage();
  services.engine.ring();
  return decidedPage(decision);
}
