// Writes what is set once for an app and one of its ways to sign in, and says so to the connections that use it.
import { listAppHosts } from '@weftline/connectors/credential-hosts';
import { credentialsSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import { listAppLevel } from '@weftline/connectors/schemas/app-level';
import { validateValue } from '@weftline/connectors/validate-value';
import type { Transaction } from '@weftline/prisma';
import { openAppCredentials, sealAppCredentials } from '@weftline/runner/connections/app-credentials';
import { type CredentialFacts, describeCredentials } from '@weftline/runner/connections/seal-credentials';
import { redacted } from '../connections/schema.ts';
import type { Context } from '../context.ts';
import { conflict, invalidInput, type Problem } from '../fail.ts';
import { type AppAuth, forgetTokens, markUsers } from './mark-app-users.ts';

export type AppCredentialsChange = {
  /** Names whose values are others now. */
  changed: string[];
  /** Inside the transaction of the change. */
  write(tx: Transaction): Promise<void>;
  /** After it: connections forget what the former client got. */
  settle(): Promise<void>;
};

/** Faults of what was typed, under `/credentials`. Their sentences hold no value. */
function checkTyped(
  { connector, auth }: AppAuth,
  typed: { [name: string]: string },
  former: CredentialFacts,
): Problem[] {
  const members = listAppLevel(connector, auth).map(({ name }) => name);
  const schema = credentialsSchemaOf(connector, auth);
  const all = (schema['properties'] ?? {}) as { [name: string]: object };
  const properties = Object.fromEntries(members.map((name) => [name, all[name]!]));
  const names = Object.keys(typed);
  const problems = names.flatMap((name) => {
    const path = `/credentials/${name}`;
    if (!members.includes(name))
      return [{ path, code: 'not_app_level', message: `${name} is not set for the whole app.` }];
    if (typed[name] === redacted && !Object.hasOwn(former, name))
      return [{ path, code: 'nothing_stored', message: `There is no stored ${name} to keep: type it in.` }];
    return [];
  });
  if (names.length === 0)
    problems.push({
      path: '/credentials',
      code: 'empty',
      message: 'Nothing is set. To take everything back, delete it.',
    });
  if (problems.length > 0) return problems;
  const values = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== redacted));
  return validateValue({ ...schema, properties, required: [] } as never, values).map((problem) => ({
    ...problem,
    path: `/credentials${problem.path}`,
  }));
}

/**
 * Checks and seals, and writes when it is told to.
 * @param typed by name; [REDACTED] keeps what is stored
 * @param keepsOthers what is not named stays as it is; else it goes
 * @param hosts further hosts that these may be sent to, besides those of the app's newest version
 * @param whole further hosts that count only when nothing is kept: whoever typed all of it saw them
 * @throws CodedError invalid_input; `write`: conflict
 */
export async function storeAppCredentials(
  context: Context,
  given: AppAuth,
  typed: { [name: string]: string },
  {
    keepsOthers = false,
    hosts = [],
    whole = [],
  }: { keepsOthers?: boolean; hosts?: readonly string[]; whole?: readonly string[] } = {},
): Promise<AppCredentialsChange> {
  const { tenantId, services } = context;
  const { appKey, connector, auth } = given;
  const where = { tenantId, appKey, authKey: auth.key };
  const former = await context.read((tx) => tx.appCredential.findFirst({ where }));
  const formerFacts = (former?.credentialFacts ?? {}) as CredentialFacts;
  const problems = checkTyped(given, typed, formerFacts);
  if (problems.length > 0) throw invalidInput(problems);

  const fresh = Object.entries(typed).filter(([, value]) => value !== redacted);
  const keptNames = Object.keys(formerFacts).filter(
    (name) => typed[name] === redacted || (keepsOthers && !Object.hasOwn(typed, name)),
  );
  const stored =
    former && keptNames.length > 0
      ? await openAppCredentials(services.vault, tenantId, appKey, auth.key, former.secretCipher)
      : {};
  const kept = Object.entries(stored).filter(([name]) => keptNames.includes(name));
  const next = Object.fromEntries([...kept, ...fresh]);
  const now = new Date();
  const facts = await describeCredentials(services.vault, tenantId, next, formerFacts, now);
  const changed = [...new Set([...Object.keys(formerFacts), ...Object.keys(facts)])].filter(
    (name) => formerFacts[name]?.fingerprint !== facts[name]?.fingerprint,
  );
  const sealed = await sealAppCredentials(services.vault, tenantId, appKey, auth.key, next);
  const secretNow = listAppLevel(connector, auth)
    .filter(({ isSecret }) => isSecret)
    .map(({ name }) => name);
  const row = {
    secretCipher: new Uint8Array(sealed),
    credentialFacts: facts,
    // Once secret, always secret: a later version of the app cannot make known what was stored before.
    secretNames: Object.keys(next).filter(
      (name) =>
        secretNow.includes(name) || (keptNames.includes(name) && former?.secretNames.includes(name) === true),
    ),
    // Who types in all of it agrees to where the app sends it now; a part of it says nothing about the rest.
    hosts: [
      ...new Set([
        ...(kept.length > 0 ? (former?.hosts ?? []) : [...listAppHosts(connector, auth), ...whole]),
        ...hosts.map((host) => host.toLowerCase()),
      ]),
    ],
    setBy: context.actor.name,
    updatedAt: now,
  };
  let toForget: string[] = [];
  return {
    changed,
    async write(tx) {
      const { count } =
        former === null
          ? await tx.appCredential.createMany({ data: [{ ...where, ...row }], skipDuplicates: true })
          : await tx.appCredential.updateMany({
              where: { ...where, secretCipher: former.secretCipher },
              data: row,
            });
      if (count === 0) throw conflict('Somebody else has set them meanwhile. Look at them again.');
      toForget = await markUsers(tx, tenantId, given, changed);
    },
    settle: () => forgetTokens(context, auth, toForget),
  };
}
