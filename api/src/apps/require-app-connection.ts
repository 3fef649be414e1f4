import type { ConnectionRow } from '../connections/find-connection.ts';
import { requireConnection } from '../connections/find-connection.ts';
import type { Context } from '../context.ts';
import { invalidInput } from '../fail.ts';

/**
 * The connection that a request names in `connectionId`, which must be one of the app.
 * @throws CodedError not_found, invalid_input
 */
export async function requireAppConnection(
  context: Context,
  app: string,
  connectionId: string,
): Promise<ConnectionRow> {
  const connection = await context.read((tx) => requireConnection(tx, context.tenantId, connectionId));
  if (connection.appKey === app) return connection;
  throw invalidInput([
    {
      path: '/connectionId',
      code: 'wrong_app',
      message: `${connection.name} is a connection of ${connection.appKey}, not of ${app}.`,
    },
  ]);
}
