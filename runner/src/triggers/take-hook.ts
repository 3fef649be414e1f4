// A call of a hook: found, verified on its raw bytes, read, committed. The answer is given only after the commit.
import type { Database } from '@weftline/prisma';
import type { Engine } from '../engine.ts';
import { CodedError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Vault } from '../platform/vault.ts';
import type { Hook, Hooks } from './find-hook.ts';
import type { HookAnswer } from './hook-answer.ts';
import { guardChain } from './guard-chain.ts';
import { keepSamples } from './keep-sample.ts';
import type { Refusals } from './note-refusals.ts';
import { type HookCall, readHookBody, takeOutChain } from './read-hook-body.ts';
import type { ReceiveServices } from './receive-services.ts';
import { resumePrefix, resumeRun } from './resume-run.ts';
import { secondsToNextHour } from './seconds-to-next-hour.ts';
import { takeAppEvent } from './take-app-event.ts';
import { ingressPrefix, takeIngress } from './take-ingress.ts';
import { verifyStandardWebhook } from '../executor/receive/verify-standard-webhook.ts';

export type { HookAnswer } from './hook-answer.ts';

export type HookServices = {
  engine: Engine;
  database: Database;
  hooks: Hooks;
  vault: Vault;
  logger: Logger;
  clock(): number;
  onRefused?(reason: string): void;
  /** Shows people that calls are refused. */
  refusals?: Refusals;
  /** What takes calls of apps; absent: there are none. */
  apps?: ReceiveServices;
};

export const largestHookBody = 1024 * 1024;

/** Unknown, foreign, disabled: one and the same answer. */
const unknown: HookAnswer = { status: 404, code: 'not_found', message: 'There is no such hook.' };

/** The secrets in force: the present one, and the former one as long as it counts. */
async function secretsOf(hook: Hook, vault: Vault, nowMs: number): Promise<string[]> {
  const former = hook.formerSecretUntilMs > nowMs ? hook.formerSecretCipher : null;
  const sealed: [string, Buffer | null][] = [
    ['webhook_secret_cipher', hook.secretCipher],
    ['former_secret_cipher', former],
  ];
  const secrets: string[] = [];
  for (const [column, cipher] of sealed)
    if (cipher !== null) {
      const place = { table: 'triggers', row: hook.workflowId, column };
      secrets.push((await vault.open(hook.tenantId, place, cipher)).toString('utf8'));
    }
  return secrets;
}

/** Makes the function that the API's hook route calls. */
export function hookTaker(services: HookServices) {
  const { hooks, engine } = services;

  return async function takeHook(given: HookCall, secondLook = false): Promise<HookAnswer> {
    const call = takeOutChain(given);
    if (call.rawBody.length > largestHookBody)
      return { status: 413, code: 'too_large', message: 'A hook takes at most 1 MiB.' };
    const encoding = call.headers['content-encoding'];
    if (encoding && encoding !== 'identity')
      return {
        status: 415,
        code: 'not_parseable',
        message: 'A hook takes bodies without content encoding only.',
      };
    if (call.key.startsWith(resumePrefix)) {
      const resumed = await resumeRun(services, call);
      return resumed ? { status: 202, ...resumed } : unknown;
    }
    const { apps } = services;
    if (apps && call.key.startsWith(ingressPrefix)) return (await takeIngress(apps, call)) ?? unknown;
    const hook = await hooks.find(call.key);
    if (!hook) return (apps && (await takeAppEvent(apps, call))) ?? unknown;
    if (hook.kind !== 'webhook') return unknown;
    const listening = hook.listeningUntilMs > services.clock();
    if (!hook.enabled && !listening) return unknown;

    // An empty header is no id: else all calls that send one would count as the same delivery.
    let deliveryId = call.headers['webhook-id'] || call.headers['idempotency-key'] || null;
    if (hook.verify) {
      const nowMs = services.clock();
      const secrets = await secretsOf(hook, services.vault, nowMs);
      const verdict =
        secrets.length > 0
          ? verifyStandardWebhook({
              secrets,
              headers: call.headers,
              rawBody: call.rawBody,
              nowMs,
            })
          : { ok: false as const, reason: 'no_match' as const };
      if (!verdict.ok) {
        services.onRefused?.(verdict.reason);
        services.refusals?.note(hook, verdict.reason);
        services.logger.info(
          { tenantId: hook.tenantId, workflowId: hook.workflowId, reason: verdict.reason },
          'a hook call was refused',
        );
        return {
          status: 401,
          code: 'not_signed_in',
          message: 'The signature of this call was not accepted.',
        };
      }
      deliveryId = verdict.id;
    }
    if (deliveryId !== null && deliveryId.length > 256)
      return {
        status: 400,
        code: 'not_parseable',
        message: 'The delivery id is longer than 256 characters.',
      };
    const output = readHookBody(call);
    if (listening && !secondLook) await keepSamples(services.database, hook, [output]);
    if (!hook.enabled || hook.version === null) return { status: 202, runId: null, captured: true };
    const chain = await guardChain(services, hook, call.chain);

    const accepted = await engine.accept({
      tenantId: hook.tenantId,
      workflowId: hook.workflowId,
      workflowName: hook.workflowName,
      version: hook.version,
      triggerKind: 'webhook',
      actor: null,
      guarded: true,
      receiptKey: deliveryId,
      triggerOutput: output,
      ...(chain.length > 0 ? { chain } : {}),
    });
    if (accepted.verdict === 'gone') {
      hooks.forget(hook.workflowId);
      if (secondLook) return unknown;
      await new Promise((resolve) => setImmediate(resolve));
      return takeHook(call, true);
    }
    if (accepted.verdict === 'over')
      return {
        status: 429,
        code: 'quota_runs_per_hour',
        message: `This workspace has used its ${accepted.allowed} runs of this hour. Send it again in the next hour.`,
        retryAfterSeconds: secondsToNextHour(services.clock()),
        used: accepted.used,
        allowed: accepted.allowed,
      };
    return { status: 202, runId: accepted.runId };
  };
}

/** A fault as an answer: known ones with their code, the database away as 503. Anything else is thrown on. */
export function hookFault(error: unknown): HookAnswer {
  const isCycle = error instanceof CodedError && error.code === 'call_cycle';
  if (!(error instanceof CodedError) || !(isCycle || [400, 413, 503].includes(error.status))) throw error;
  return {
    status: error.status as 400 | 413 | 422 | 503,
    code: error.code,
    message: error.message,
    ...(isCycle ? (error.details as { chain: string[] }) : {}),
    ...(error.retryAfterMs ? { retryAfterSeconds: Math.ceil(error.retryAfterMs / 1000) } : {}),
  };
}
