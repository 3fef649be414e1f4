import type { Json } from '../json.ts';
import { ExpressionError } from './expression-error.ts';
import { limits } from './limits.ts';

/** Counts the work of one evaluation, so that no template can hold up a process. */
export class Budget {
  #fuel: number;
  readonly #whole: Budget | undefined;

  /** @param whole a larger budget that pays along, such as that of all templates of a tree */
  constructor(fuel: number = limits.fuel, whole?: Budget) {
    this.#fuel = fuel;
    this.#whole = whole;
  }

  /** Takes `units` of work. @throws ExpressionError expression_limit when nothing is left */
  spend(units: number): void {
    this.#whole?.spend(units);
    this.#fuel -= units;
    if (this.#fuel < 0)
      throw new ExpressionError(
        'expression_limit',
        'The expression needs too much work: use it on less data.',
      );
  }

  /** Call before making a text of this many characters. */
  allowText(characters: number): void {
    if (characters > limits.outputBytes)
      throw new ExpressionError(
        'expression_limit',
        `The result would be longer than ${limits.outputBytes} bytes.`,
      );
    this.spend(characters >> 6);
  }

  /** Call before making a list of this many items. */
  allowItems(count: number): void {
    if (count > limits.items)
      throw new ExpressionError('expression_limit', `A list here may have ${limits.items} items.`);
    this.spend(count);
  }
}

/**
 * The size of a value as JSON, in bytes (close to exact; escapes count double). Also proves that it is JSON.
 * @throws ExpressionError expression_limit above `most` bytes, 100 levels or 10,000 items of a list; bad_value for what JSON cannot hold
 */
export function measure(value: Json, most: number = limits.outputBytes): number {
  let bytes = 0;
  const walk = (current: unknown, depth: number): void => {
    if (depth > limits.depth)
      throw new ExpressionError('expression_limit', `A value may be nested ${limits.depth} deep.`);
    if (typeof current === 'string') bytes += textBytes(current);
    else if (typeof current === 'number') bytes += numberBytes(current);
    else if (typeof current === 'boolean' || current === null) bytes += 5;
    else if (Array.isArray(current)) {
      if (current.length > limits.items)
        throw new ExpressionError('expression_limit', `A list here may have ${limits.items} items.`);
      bytes += 2 + current.length;
      for (const item of current) walk(item, depth + 1);
    } else if (typeof current === 'object') {
      bytes += 2;
      for (const name of Object.keys(current)) {
        const member = (current as { [name: string]: unknown })[name];
        if (member === undefined) continue;
        bytes += textBytes(name) + 2;
        walk(member, depth + 1);
      }
    } else throw new ExpressionError('bad_value', 'This value is not data.');
    if (bytes > most)
      throw new ExpressionError('expression_limit', `The result is larger than ${most} bytes.`);
  };
  walk(value, 0);
  return bytes;
}

function numberBytes(value: number): number {
  if (!Number.isFinite(value))
    throw new ExpressionError('bad_value', 'This number is too large, or is no number.');
  return 8;
}

// Printable ASCII without quote and backslash: as many bytes as characters. The engine tests this faster than a loop counts.
const needsCounting = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

function textBytes(text: string): number {
  if (text.length > limits.treeBytes || !needsCounting.test(text)) return text.length + 2;
  let bytes = 2;
  for (let index = 0; index < text.length; index += 1) bytes += characterBytes(text.charCodeAt(index));
  return bytes;
}

function characterBytes(code: number): number {
  if (code < 0x80) return code < 0x20 ? 6 : code === 0x22 || code === 0x5c ? 2 : 1;
  const isHalfOfPair = code >= 0xd800 && code < 0xe000;
  return code < 0x800 || isHalfOfPair ? 2 : 3;
}
