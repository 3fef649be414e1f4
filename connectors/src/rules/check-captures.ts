/** Values that are learned while signing in have a source, a path into it and a declared setting to stand in. */
import type { Json } from '../json.ts';
import { askingMethods } from '../methods.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import type { Auth, Capture, Connector } from '../types.ts';
import { checkAnswerPath } from './check-oauth2.ts';
import { isWrittenOut } from './list-requests.ts';

export function checkCaptures(connector: Connector, auth: Auth, path: string): Problem[] {
  return (auth.capture ?? []).flatMap((capture, index) => {
    const at = pointer(path, 'capture', index);
    return [
      ...checkSource(connector, auth, capture, at),
      ...checkPaths(capture, at),
      ...checkSetting(connector, capture, at),
    ];
  });
}

function checkSource(
  connector: Connector,
  auth: Auth,
  { from, request, choose }: Capture,
  at: string,
): Problem[] {
  const found: Problem[] = [];
  const add = (key: string, code: string, message: string) =>
    found.push(problem(`${at}/${key}`, code, message));
  if (from === 'tokenResponse' && !auth.oauth2)
    add('from', 'wrong_value', 'Only the type OAUTH2 has an answer of a token endpoint.');
  if (from === 'callbackQuery' && auth.oauth2?.grant !== 'authorization_code')
    add('from', 'wrong_value', 'Only the grant authorization_code has a callback.');
  if (from === 'request' && !request) add('request', 'missing_key', '"request" is missing: say what to ask.');
  if (from !== 'request' && request) add('request', 'unknown_key', '"request" belongs to "from": "request".');
  if (from !== 'request' && choose) add('choose', 'unknown_key', '"choose" belongs to "from": "request".');
  if (request && !isWrittenOut(request)) {
    const target = connector.actions.find(({ key }) => key === request.action);
    if (!target)
      add(
        'request/action',
        'unknown_action',
        `There is no action ${quote(request.action)} in this connector.`,
      );
    else if (!askingMethods.has(target.method))
      add('request/action', 'unsafe_test', 'Learning a value must change nothing; name a reading action.');
  }
  return found;
}

function checkPaths({ from, path, choose }: Capture, at: string): Problem[] {
  const roots = from === 'callbackQuery' ? ['callback'] : ['body', 'headers'];
  return [
    ...checkAnswerPath(path, `${at}/path`, roots),
    ...(choose
      ? [
          ...checkAnswerPath(choose.label, `${at}/choose/label`, ['item']),
          ...checkAnswerPath(choose.value, `${at}/choose/value`, ['item']),
        ]
      : []),
  ];
}

/** The setting's schema is the wall between what a service says and where calls go. */
function checkSetting(connector: Connector, { name, choose }: Capture, at: string): Problem[] {
  const schema = connector.connectionSchema ?? {};
  const properties = (schema['properties'] ?? {}) as { [name: string]: Json };
  const setting = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (typeof setting !== 'object' || setting === null || Array.isArray(setting))
    return [
      problem(
        `${at}/name`,
        'undeclared_name',
        `Declare ${quote(name)} in connectionSchema, with its "type".`,
      ),
    ];
  if (Array.isArray(schema['required']) && schema['required'].includes(name))
    return [
      problem(
        '/connectionSchema/required',
        'wrong_value',
        `${quote(name)} is learned later, so a new connection cannot have it; take it out of "required".`,
      ),
    ];
  if (!choose && setting['readOnly'] !== true)
    return [
      problem(
        `/connectionSchema/properties/${name}/readOnly`,
        'missing_key',
        `${quote(name)} is learned, not typed in; give it "readOnly": true.`,
      ),
    ];
  return [];
}
