import { invalidInput } from '../fail.ts';
import { appKey } from './schema.ts';

/** The key in a connector document. @throws CodedError invalid_input at `/definition/app/key` when it is none */
export function keyOf(definition: { [member: string]: unknown }): string {
  const app = definition['app'] as { key?: unknown } | undefined;
  const parsed = appKey.safeParse(typeof app === 'object' && app !== null ? app.key : undefined);
  if (parsed.success) return parsed.data;
  throw invalidInput([
    {
      path: '/definition/app/key',
      code: 'bad_key',
      message: 'app.key must be there, in kebab-case, at most 64 characters: it is the name of the app.',
    },
  ]);
}

/** The name people see; the key while the document has none. */
export function nameOf(definition: { [member: string]: unknown }): string {
  const app = definition['app'] as { name?: unknown; key: string };
  const name =
    typeof app.name === 'string'
      ? app.name
          .replaceAll(/\p{Cc}/gu, ' ')
          .trim()
          .slice(0, 100)
      : '';
  return name.isWellFormed() && name !== '' ? name : app.key;
}
