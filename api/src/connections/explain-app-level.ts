import { listAppLevel } from '@weftline/connectors/schemas/app-level';
import type { Auth, Connector } from '@weftline/connectors/types';
import { mayDo, roles } from '../access.ts';
import type { Context } from '../context.ts';
import type { Problem } from '../fail.ts';

const mostNames = 3;

/** Names of members who may set what belongs to a whole app. */
async function listSetters({ tenantId, read }: Context): Promise<string[]> {
  const able = roles.filter((role) => mayDo(role, 'workspace.change'));
  return read(async (tx) => {
    const members = await tx.member.findMany({
      where: { tenantId, role: { in: able } },
      orderBy: { createdAt: 'asc' },
      take: mostNames,
      select: { userId: true },
    });
    const people = await tx.user.findMany({
      where: { id: { in: members.map(({ userId }) => userId) } },
      select: { name: true },
    });
    return people.map(({ name }) => name);
  });
}

/** Says of missing credentials that belong to the whole app who can set them; other problems stay as they are. */
export async function explainAppLevel(
  context: Context,
  connector: Connector,
  auth: Auth,
  problems: readonly Problem[],
): Promise<Problem[]> {
  const members = new Map(listAppLevel(connector, auth).map((one) => [`/credentials/${one.name}`, one]));
  const isMissing = ({ path, code }: Problem) => code === 'missing_key' && members.has(path);
  if (!problems.some(isMissing)) return [...problems];
  const maySet = mayDo(context.actor.role, 'workspace.change');
  const names = maySet ? [] : await listSetters(context);
  return problems.map((problem) => {
    if (!isMissing(problem)) return problem;
    const label = members.get(problem.path)?.label ?? '';
    const who = `an owner or admin of the workspace (${names.join(', ')})`;
    return {
      ...problem,
      code: 'missing_app_level',
      message: maySet
        ? `${label} is not set for ${connector.app.name} yet: type it in, and keep it for the app if all connections are to use it.`
        : `${label} is not set for ${connector.app.name} yet. Ask ${who} to set it once for all connections, or type in one of your own.`,
    };
  });
}
