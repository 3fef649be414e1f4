// Idempotency-Key: the same key and request get the stored answer. A claim row is taken first, the change marks it inside
// its own transaction, the answer is stored last; so a crash in between can never lead to doing it twice.
import { createHash } from 'node:crypto';
import type { Transaction } from '@weftline/prisma';
import { CodedError } from '@weftline/runner/platform/errors';
import type { IdempotencyClaim } from '../context.ts';
import type { Answer } from '../define-route.ts';
import { conflict, invalidInput } from '../fail.ts';
import type { Services } from '../services.ts';

/** A claim whose request left no trace of a change for so long is dead and may be taken over. */
const deadAfterMs = 10 * 60_000;
/** Status of a claim whose change is committed and whose answer is not stored (yet). */
const committed = 0;

type Scope = { tenantId: string; actor: string; route: string; key: string };

/** Reads the header. @throws CodedError invalid_input when it is no usable key */
export function readIdempotencyKey(request: Request): string | null {
  const text = request.headers.get('idempotency-key') ?? request.headers.get('x-idempotency-key');
  if (text === null) return null;
  const key = text.trim().replace(/^"(.*)"$/, '$1');
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw invalidInput([
      {
        path: '',
        code: 'bad_idempotency_key',
        message: 'Idempotency-Key takes 1 to 255 visible characters.',
      },
    ]);
  return key;
}

export const hashRequest = (method: string, path: string, body: Uint8Array): Buffer =>
  createHash('sha256').update(`${method} ${path}\n`).update(body).digest();

const place = ({ actor, route, key }: Scope) => ({
  table: 'idempotency_records',
  row: `${actor} ${route} ${key}`,
  column: 'response',
});

async function openAnswer(services: Services, scope: Scope, status: number, sealed: string): Promise<Answer> {
  const plain = await services.vault.open(scope.tenantId, place(scope), Buffer.from(sealed, 'base64'));
  const { body, headers, cookies } = JSON.parse(plain.toString('utf8')) as Answer;
  return { status, body, headers: { ...headers, 'idempotency-replayed': 'true' }, cookies };
}

/**
 * Runs `work` at most once for a key. Failures are not kept: they changed nothing, so the same key may try again.
 * @throws CodedError idempotency_mismatch for another request under the key, conflict while the first is under way
 */
export async function answerOnce(
  services: Services,
  scope: Scope,
  requestHash: Buffer,
  work: (claim: IdempotencyClaim) => Promise<Answer>,
): Promise<Answer> {
  const { database, clock } = services;
  const { tenantId, actor, route, key } = scope;
  const where = { tenantId, actor, route, key };
  const known = await database.withTenant(tenantId, async (tx) => {
    const { count } = await tx.idempotencyRecord.createMany({
      data: [{ ...where, requestHash: new Uint8Array(requestHash), at: clock() }],
      skipDuplicates: true,
    });
    if (count === 1) return null;
    const row = await tx.idempotencyRecord.findFirst({ where });
    const dead = row?.status === null && row.at.getTime() < clock().getTime() - deadAfterMs;
    if (!row || !dead) return row;
    const taken = await tx.idempotencyRecord.updateMany({
      where: { ...where, status: null, at: row.at },
      data: { at: clock(), requestHash: new Uint8Array(requestHash) },
    });
    return taken.count === 1 ? null : row;
  });
  if (known) {
    if (!requestHash.equals(Buffer.from(known.requestHash)))
      throw new CodedError({
        code: 'idempotency_mismatch',
        message: 'This Idempotency-Key was used with another request. Use a new key for a new request.',
      });
    if (known.status === null)
      throw conflict('The first request with this Idempotency-Key is still under way.');
    if (known.status === committed || known.response === null)
      throw conflict('The first request with this Idempotency-Key took effect, but its answer was not kept.');
    return openAnswer(services, scope, known.status, known.response);
  }
  const claim: IdempotencyClaim = {
    key,
    take: async (tx: Transaction) => {
      await tx.idempotencyRecord.updateMany({ where, data: { status: committed } });
    },
  };
  let answer: Answer;
  try {
    answer = await work(claim);
  } catch (error) {
    await database
      .withTenant(tenantId, (tx) => tx.idempotencyRecord.deleteMany({ where: { ...where, status: null } }))
      .catch(() => {});
    throw error;
  }
  const text = JSON.stringify({
    body: answer.body,
    headers: answer.headers ?? {},
    cookies: answer.cookies ?? [],
  });
  const sealed = await services.vault.seal(tenantId, place(scope), text);
  // The change is done; if its answer cannot be kept, this caller gets it all the same.
  await database
    .withTenant(tenantId, (tx) =>
      tx.idempotencyRecord.updateMany({
        where,
        data: { status: answer.status, response: sealed.toString('base64') },
      }),
    )
    .catch((error: unknown) =>
      services.logger.warn({ err: error, tenantId }, 'an idempotent answer was not kept'),
    );
  return answer;
}
