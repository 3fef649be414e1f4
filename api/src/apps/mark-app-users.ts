// Connections that use what is set for their app, when that changes: none of them is taken for working until it was tested again.
import { givenCredentials } from '@weftline/connectors/schemas/other-auth';
import { signInOf } from '@weftline/connectors/schemas/fixed-credentials';
import type { Auth, Connector } from '@weftline/connectors/types';
import type { Prisma, Transaction } from '@weftline/prisma';
import { clientNames } from '@weftline/runner/connections/app-credentials';
import { changeCredentials } from '@weftline/runner/connections/change-credentials';
import type { LastTest } from '@weftline/runner/connections/mark-connection';
import { forgetGiven } from '@weftline/runner/executor/session-names';
import { isCodedError } from '@weftline/runner/platform/errors';
import { uuidv7 } from 'uuidv7';
import type { Context } from '../context.ts';

/** An app's way to sign in. */
export type AppAuth = { appKey: string; connector: Connector; auth: Auth };

/**
 * Marks the connections that use one of the changed members: untested, and those for which somebody signed in with another client are to
 * be connected again.
 * @returns ids of those whose tokens were got with what is no longer set
 */
export async function markUsers(
  tx: Transaction,
  tenantId: string,
  { appKey, connector, auth }: AppAuth,
  changed: readonly string[],
): Promise<string[]> {
  if (changed.length === 0) return [];
  const rows = await tx.connection.findMany({
    where: { tenantId, appKey, authKey: auth.key, deletedAt: null },
    select: { id: true, credentialFacts: true },
  });
  const has = (facts: Prisma.JsonValue, name: string) => Object.hasOwn(facts as object, name);
  const users = rows.filter(({ credentialFacts }) => changed.some((name) => !has(credentialFacts, name)));
  const usesClient = (facts: Prisma.JsonValue) =>
    clientNames.some((name) => changed.includes(name) && !has(facts, name));
  const signsIn = signInOf(auth) !== 'none';
  const again = users.filter(
    ({ credentialFacts: facts }) =>
      signsIn && usesClient(facts) && givenCredentials(auth).some((name) => has(facts, name)),
  );
  const idsOf = (some: readonly { id: string }[]) => some.map(({ id }) => id);
  const mark = (ids: string[], data: Prisma.ConnectionUpdateManyMutationInput) =>
    tx.connection.updateMany({
      where: { tenantId, id: { in: ids }, deletedAt: null },
      data: { ...data, account: null, etag: { increment: 1 }, updatedAt: new Date() },
    });
  const lastTest: LastTest = {
    ok: false,
    code: 'connection_expired',
    message: `The client of ${connector.app.name} was changed for the whole workspace, and the sign-in was for the former one.`,
    hint: 'Connect the account again.',
  };
  await mark(idsOf(users), { status: 'untested' });
  if (again.length > 0) {
    await mark(idsOf(again), { status: 'needs_reauth', lastTest });
    const id = uuidv7();
    await tx.notification.createMany({
      data: [
        {
          tenantId,
          id,
          kind: 'connection.refused',
          title: `Connections of ${connector.app.name} are to be connected again`,
          body: `${lastTest.message} This concerns ${again.length === 1 ? 'one connection' : `${again.length} connections`}.`,
          link: '/connections',
          dedupeKey: `app-credentials:${id}`,
        },
      ],
    });
  }
  return idsOf(signsIn ? again : users);
}

/** Takes away what the former client got, so that no token of one client is renewed by another. */
export async function forgetTokens(context: Context, auth: Auth, ids: readonly string[]): Promise<void> {
  const given = givenCredentials(auth);
  for (const id of ids)
    await changeCredentials(context.services, context.tenantId, id, (opened) => {
      const kept = Object.entries(forgetGiven(opened)).filter(([name]) => !given.includes(name));
      return { credentials: Object.fromEntries(kept) };
    }).catch((error: unknown) => {
      // Deleted meanwhile: it has nothing to forget any more.
      if (!isCodedError(error) || error.code !== 'not_found') throw error;
    });
}
