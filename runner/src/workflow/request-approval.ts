// What an approval asks: its texts filled, its time, and who may decide. Pure.
import { createHash } from 'node:crypto';
import { evaluateValue, type Scope } from '@weftline/connectors/expression';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { EventBody } from '../journal/events.ts';
import { localId } from './step-address.ts';
import type { ApprovalStep } from './types.ts';

/** An answer given in the last moment has been committed by then. */
const graceMs = 500;

/** Text for people and for the database: whole characters, no NUL, cut at `most` characters. */
export function cleanText(value: Json, most: number): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll('\u0000', '').slice(0, most).toWellFormed();
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The address of the page where a step of this run is decided: in the scope, so that earlier steps can send it. */
function linkOf(step: ApprovalStep, scope: Scope): string | null {
  const run = scope['run'];
  const links = isJsonObject(run) ? run['approvals'] : undefined;
  const given = isJsonObject(links) ? links[localId(step.id)] : null;
  return typeof given === 'string' ? given : null;
}

/** The entry that asks. Throws ExpressionError when a text names what is not there. */
export function requestApproval(step: ApprovalStep, scope: Scope, nowMs: number): EventBody {
  const fill = (text: string, most: number) =>
    cleanText(evaluateValue(text, scope, { missing: 'fail' }) ?? null, most);
  const title = fill(step.title, 200);
  const expiresAtMs = step.expiresInSeconds ? Math.round(nowMs) + step.expiresInSeconds * 1000 : null;
  const who = step.approvers ? ` by ${step.approvers.join(' or ')}` : '';
  const url = step.link ? linkOf(step, scope) : null;
  const notBy = step.fourEyes ? ' by somebody who did not start the run' : '';
  const until = expiresAtMs === null ? '' : ` until ${new Date(expiresAtMs).toISOString()}`;
  return {
    type: 'ApprovalRequested',
    step: step.id,
    payload: {
      title,
      message: step.message === undefined ? null : fill(step.message, 4000),
      approvers: step.approvers ?? [],
      ...(step.fourEyes ? { fourEyes: true } : {}),
      ...(url === null ? {} : { linkHash: hashOf(url.slice(url.lastIndexOf('/') + 1)) }),
      expiresAtMs,
      untilMs: expiresAtMs === null ? null : expiresAtMs + graceMs,
      why: `Waits for the approval “${title}”${who}${notBy}${until}.`,
    },
  };
}
