// Fills the templates of a sender check from a call. What an attacker sends can make a template fail, so nothing here throws.
import {
  evaluateCondition,
  evaluateTemplate,
  holesOf,
  parseTemplate,
  type Hole,
  type Scope,
} from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';

const drop = { missing: 'drop' } as const;

/** Signatures, tokens and times are short; more of it is not looked at. */
const longestText = 16_384;

const valueOf = (hole: Hole, scope: Scope): Json | undefined =>
  evaluateTemplate({ source: hole.source, parts: [hole] }, scope, drop);

/** A text from the call; undefined when it is absent, empty, no text, or too long. */
export function fillText(template: string | undefined, scope: Scope): string | undefined {
  if (template === undefined) return undefined;
  try {
    const value = evaluateTemplate(parseTemplate(template), scope, drop);
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text !== '' && text.length <= longestText ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A secret of ours. Undefined when any part of it is absent or empty: an empty key is one that everybody knows. */
export function fillSecret(template: string | undefined, scope: Scope): string | undefined {
  if (template === undefined) return undefined;
  try {
    const parsed = parseTemplate(template);
    for (const hole of holesOf(parsed)) {
      const value = valueOf(hole, scope);
      if (value === undefined || value === null || value === '') return undefined;
    }
    const text = evaluateTemplate(parsed, scope, drop);
    return typeof text === 'string' && text !== '' ? text : undefined;
  } catch {
    return undefined;
  }
}

const isRawBody = ({ expression }: Hole): boolean =>
  expression.kind === 'root' && expression.name === 'rawBody';

/** The bytes that were signed: `{{rawBody}}` stands for the bytes as they came, whatever they are. Undefined: a part is absent. */
export function fillBytes(template: string | undefined, scope: Scope, rawBody: Buffer): Buffer | undefined {
  if (template === undefined) return undefined;
  try {
    const pieces: Buffer[] = [];
    for (const part of parseTemplate(template).parts) {
      if (typeof part === 'string') pieces.push(Buffer.from(part, 'utf8'));
      else if (isRawBody(part)) pieces.push(rawBody);
      else {
        const value = valueOf(part, scope);
        if (value === undefined || value === null) return undefined;
        pieces.push(Buffer.from(typeof value === 'object' ? JSON.stringify(value) : String(value), 'utf8'));
      }
    }
    return Buffer.concat(pieces);
  } catch {
    return undefined;
  }
}

/** False also for a condition that cannot be asked of this call. */
export function holdsOf(condition: string, scope: Scope): boolean {
  try {
    return evaluateCondition(parseTemplate(condition.trim()), scope, drop);
  } catch {
    return false;
  }
}
