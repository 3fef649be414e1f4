/** A setting that decides about a host needs a pattern that lets no other host in. */
import type { Expression, Hole } from '../expression/syntax.ts';
import type { Json } from '../json.ts';
import { problem, quote, type Problem } from '../problem.ts';
import { matchesPattern } from '../schemas/check-pattern.ts';
import type { Connector } from '../types.ts';

/** What must not pass where a part of a host is expected, and where a whole address is. */
const hostile = {
  host: ['evil.example/x', 'x@evil.example', 'x#y', 'x?y', 'x\\y', 'x:1', 'a b', 'x\ny', ''],
  // User names and fragments are refused when the address is used; another scheme must not even be saved.
  address: ['javascript:alert(1)', 'file:///etc/passwd', 'gopher://x/', 'x', ''],
};

/**
 * @param hole the hole in the host, or the hole that is the whole address
 * @param kind which of the two
 */
export function checkHostHole(
  connector: Connector,
  hole: Hole,
  kind: 'host' | 'address',
  path: string,
): Problem[] {
  const { name, preset } = settingOf(hole);
  if (name === null) {
    return [
      problem(
        path,
        'free_host',
        `The host may only depend on a setting of the connection, such as {{connection.region}}; ${quote(hole.source.trim())} is something else.`,
      ),
    ];
  }
  const properties = (connector.connectionSchema?.['properties'] ?? {}) as { [name: string]: Json };
  const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    return [
      problem(
        path,
        'free_host',
        `Declare ${quote(name)} in connectionSchema, with a "pattern" or "enum": it decides which host is called.`,
      ),
    ];
  }
  if (Array.isArray(schema['enum']) || schema['const'] !== undefined) {
    const values: Json[] = Array.isArray(schema['enum']) ? schema['enum'] : [schema['const']!];
    return preset === null || values.includes(preset) ? [] : [strangePreset(path, name, preset)];
  }
  const pattern = schema['pattern'];
  const here = `/connectionSchema/properties/${name}`;
  if (typeof pattern !== 'string')
    return [
      problem(
        here,
        'free_host',
        `${quote(name)} decides which host is called; give it a "pattern" or an "enum".`,
      ),
    ];
  const admitted = hostile[kind].find((text) => matches(pattern, text));
  if (admitted === undefined)
    return preset === null || matches(pattern, preset) ? [] : [strangePreset(path, name, preset)];
  return [
    problem(
      `${here}/pattern`,
      'free_host',
      `This pattern lets ${quote(admitted)} through, which would lead elsewhere; ${advice[kind]}`,
    ),
  ];
}

const advice = {
  host: 'begin with ^, end with $, and allow letters, digits and hyphens, as in "^[a-z0-9-]+$".',
  address:
    'begin with ^https?://, end with $, and allow no "@", "?" or "#", as in "^https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~/-]*)?$".',
};

function strangePreset(path: string, name: string, preset: string): Problem {
  return problem(
    path,
    'free_host',
    `${quote(preset)} is no value that ${quote(name)} may have in connectionSchema; choose one that is.`,
  );
}

/** `{{connection.region}}`, or with a value for where it is not set: `{{connection.region ?? 'eu'}}`. */
function settingOf({ expression }: Hole): { name: string | null; preset: string | null } {
  const none = { name: null, preset: null };
  if (expression.kind === 'binary' && expression.operator === '??') {
    const { left, right } = expression;
    if (right.kind !== 'literal' || typeof right.value !== 'string') return none;
    return { name: pathOf(left), preset: right.value };
  }
  return { name: pathOf(expression), preset: null };
}

function pathOf(expression: Expression): string | null {
  if (expression.kind !== 'path' || expression.base.kind !== 'root' || expression.base.name !== 'connection')
    return null;
  const [first] = expression.parts;
  return expression.parts.length === 1 && first?.kind === 'name' ? first.name : null;
}

/** A pattern that cannot be compiled is reported with its schema. */
function matches(pattern: string, text: string): boolean {
  try {
    return matchesPattern(pattern, text);
  } catch {
    return false;
  }
}
