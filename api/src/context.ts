// What a handler gets. Kept small on purpose:
//
//   context.services     database, engine, vault, egress, apps, clock, …
//   context.tenantId     the tenant of the path; checked against the token and the membership
//   context.actor        who asks: {kind, id, userId, role, name}; name is `user:<id>` or `key:<id>`
//   context.read(work)   one transaction that sees this tenant; `where: { tenantId, … }` all the same (two walls)
//   context.change(entry, work)
//                        the same for changes: writes the audit entry in the same transaction, and marks the
//                        Idempotency-Key of the request as used up; entry may be a function of work's result
//   context.idempotencyKey   scoped to actor and route; hand it to engine.accept as part of a receipt key
//   context.request      the web Request; context.ip; context.requestId; context.log
//
// Errors: throw CodedError (or use the helpers in fail.ts). Lists: cursor.ts. ETag and If-Match: edit-version.ts.
import type { Transaction } from '@weftline/prisma';
import { CodedError } from '@weftline/runner/platform/errors';
import type { Logger } from '@weftline/runner/platform/logger';
import type { Role } from './access.ts';
import { type AuditEntry, writeAudit } from './audit.ts';
import type { Services } from './services.ts';

export type Actor = {
  kind: 'user' | 'key';
  /** The user's id, or the API key's. */
  id: string;
  /** The user; for an API key the one who made it. */
  userId: string;
  tenantId: string;
  role: Role;
  /** The sign-in this token belongs to; null for API keys. */
  familyId: string | null;
  /** As audit and runs name it: `user:<id>` or `key:<id>`. */
  name: `user:${string}` | `key:${string}`;
  /** Cookies are sent by browsers on their own, so mutations with them are checked by Origin. */
  byCookie: boolean;
};

/** The claim on an Idempotency-Key; `take` runs inside the transaction of the change. */
export type IdempotencyClaim = { key: string; take(tx: Transaction): Promise<void> };

export type Context = {
  readonly services: Services;
  readonly requestId: string;
  /** Like `createConnection`; cursors are bound to it. */
  readonly operationId: string;
  readonly request: Request;
  readonly ip: string;
  readonly log: Logger;
  /** Null on public routes for strangers. */
  readonly someone: Actor | null;
  /** @throws CodedError not_signed_in when nobody is signed in */
  readonly actor: Actor;
  /** @throws CodedError not_found on routes without a tenant in their path */
  readonly tenantId: string;
  readonly idempotencyKey: string | null;
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  change<T>(
    entry: AuditEntry | ((result: T) => AuditEntry),
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T>;
};

export type ContextParts = {
  services: Services;
  requestId: string;
  operationId: string;
  request: Request;
  ip: string;
  someone: Actor | null;
  tenantId: string | null;
  claim: IdempotencyClaim | null;
};

export function createContext(parts: ContextParts): Context {
  const { services, someone, claim } = parts;
  const context: Context = {
    services,
    requestId: parts.requestId,
    operationId: parts.operationId,
    request: parts.request,
    ip: parts.ip,
    // Made when it is asked for: most requests write nothing but their one line.
    get log() {
      const { requestId, tenantId } = parts;
      return services.logger.child(tenantId ? { requestId, tenantId } : { requestId });
    },
    someone,
    idempotencyKey: claim?.key ?? null,
    get actor() {
      if (someone) return someone;
      throw new CodedError({ code: 'not_signed_in', message: 'Sign in first.' });
    },
    get tenantId() {
      if (parts.tenantId) return parts.tenantId;
      throw new CodedError({ code: 'not_found', message: 'There is no such workspace.' });
    },
    read: (work) => services.database.withTenant(context.tenantId, work),
    change: (entry, work) =>
      services.database.withTenant(context.tenantId, async (tx) => {
        const result = await work(tx);
        const { tenantId, requestId } = context;
        await writeAudit(
          tx,
          { tenantId, requestId, actor: context.actor.name },
          typeof entry === 'function' ? entry(result) : entry,
        );
        await claim?.take(tx);
        return result;
      }),
  };
  return context;
}
