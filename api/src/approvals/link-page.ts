// The page that the link of an approval opens. Plain HTML without a script: opening it, by a person or a scanner, does nothing.
import { createHash } from 'node:crypto';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem;color:#1c1917;background:#fff}h1{font-size:1.4rem;line-height:1.3;overflow-wrap:anywhere}p{white-space:pre-wrap;overflow-wrap:anywhere}.facts{color:#57534e;font-size:.9rem}form{display:inline-block;margin:1rem .75rem 0 0}button{font:inherit;padding:.55rem 1.4rem;border-radius:.4rem;border:1px solid #1c1917;background:#fff;color:#1c1917;cursor:pointer}button.yes{background:#1c1917;color:#fff}@media(prefers-color-scheme:dark){body{background:#1c1917;color:#fafaf9}.facts{color:#a8a29e}button{border-color:#fafaf9;background:#1c1917;color:#fafaf9}button.yes{background:#fafaf9;color:#1c1917}a{color:#93c5fd}}';
const styleHash = createHash('sha256').update(style).digest('base64');

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

function page(status: number, title: string, inside: string): Response {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex, nofollow"><title>${escapeHtml(title)}</title><style>${style}</style>`;
  const html = `<!doctype html><html lang="en"><head>${head}</head><body><h1>${escapeHtml(title)}</h1>${inside}</body></html>`;
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    },
  });
}

export type ShownApproval = {
  title: string;
  message: string | null;
  workflowName: string;
  expiresAt: Date | null;
};

const facts = ({ message, workflowName, expiresAt }: ShownApproval): string => {
  const until =
    expiresAt === null
      ? ''
      : ` It can be decided until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC.`;
  return `${message === null ? '' : `<p>${escapeHtml(message)}</p>`}<p class="facts">The workflow “${escapeHtml(workflowName)}” waits for this.${until}</p>`;
};

/** Two buttons, each with its fresh value. `tooOld`: the values of the page before were. */
export function decidePage(
  approval: ShownApproval,
  values: { approve: string; reject: string },
  tooOld = false,
): Response {
  const form = (decision: 'approve' | 'reject', label: string, kind: string) =>
    `<form method="post"><input type="hidden" name="decision" value="${decision}"><input type="hidden" name="value" value="${values[decision]}"><button class="${kind}">${label}</button></form>`;
  const again = tooOld ? '<p><strong>Nothing was decided. Please press again.</strong></p>' : '';
  const buttons = form('approve', 'Approve', 'yes') + form('reject', 'Reject', 'no');
  return page(tooOld ? 400 : 200, approval.title, facts(approval) + again + buttons);
}

/** For approvals that a person decides with their own right: where to do that. */
export const signInPage = (approval: ShownApproval, address: string): Response =>
  page(
    200,
    approval.title,
    `${facts(approval)}<p><a href="${escapeHtml(address)}" rel="noreferrer">Sign in to decide</a></p>`,
  );

export const decidedPage = (decision: 'approved' | 'rejected'): Response =>
  page(
    200,
    decision === 'approved' ? 'Approved' : 'Rejected',
    '<p>The workflow goes on. You can close this page.</p>',
  );

/** The same for links that never were, belong to something else, are used up or have run out. */
export const closedPage = (): Response =>
  page(
    404,
    'This link is not open',
    '<p>It has been decided, its time is over, or the workflow has not come to it yet. Opening this page has changed nothing.</p>',
  );
