// The part of a sandbox that runs inside QuickJS, before and around the author's code: freezes the input, writes the output as JSON
// with words for what is not JSON, tells errors, prints lines. Built-ins are taken before the author's code can change them.
import { codeLimits } from './code-limits.ts';

/** Source of a function of `emit`, which takes one line as JSON text, or '' when lines are left out from here on. */
export const guestPrelude = `(function (emit) {
'use strict';
const { apply, ownKeys, getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
const { freeze, keys, prototype: plain } = Object;
const { isArray } = Array;
const { parse, stringify: quote } = JSON;
const { slice } = String.prototype;
const { then } = Promise.prototype;
const tagOf = plain.toString;
const toText = String;
const most = ${codeLimits.outputBytes}, levels = ${codeLimits.levels};
const stop = freeze({ __proto__: null });
const { has, add, delete: remove } = Set.prototype;
const above = new Set(), places = { __proto__: null };
let state = '', fault = '', size = 0;

const cut = (text, length) => (text.length > length ? apply(slice, text, [0, length]) + '…' : text);

function freezeAll(root) {
  const open = [root];
  for (let count = 1; count > 0; ) {
    const value = open[--count];
    if (value === null || typeof value !== 'object') continue;
    freeze(value);
    const names = keys(value);
    for (let index = 0; index < names.length; index += 1) open[count++] = value[names[index]];
  }
  return root;
}

function fail(depth, words) {
  let place = '';
  for (let level = 0; level < depth; level += 1) place += '/' + cut(toText(places[level]), 80);
  fault = (place === '' ? 'What the code returned ' : 'The member ' + cut(place, 400) + ' of what the code returned ') + words;
  throw stop;
}

/** Counts what is written, so that a list of a billion zeros ends early. */
const grow = (text, more = 0) => {
  size += text.length + more;
  if (size > most) fail(0, 'is over ' + most + ' bytes of JSON, which is the most.');
  return text;
};

function writeLeaf(value, depth) {
  switch (typeof value) {
    case 'string':
      if (value.length > most) grow(value);
      return grow(quote(value));
    case 'boolean':
      return grow(value ? 'true' : 'false');
    case 'number':
      if (value !== value || value === 1 / 0 || value === -1 / 0) fail(depth, 'is ' + toText(value) + ', which JSON cannot hold.');
      return grow(quote(value));
    case 'undefined':
      if (depth === 0) fail(0, 'is nothing. End the code with return and a value, or with return null.');
      return fail(depth, 'is undefined, which JSON does not have. Leave it out, or use null.');
    case 'bigint':
      return fail(depth, 'is a BigInt, which JSON does not have. Use Number(…) or String(…).');
    default:
      return fail(depth, 'is a ' + typeof value + '. Only JSON can be returned.');
  }
}

function tellObject(value, depth) {
  const tag = cut(toText(apply(tagOf, value, [])), 60);
  const help = {
    __proto__: null,
    '[object Date]': 'is a Date. Return its toISOString().',
    '[object Promise]': 'is a Promise. Put await before it.',
    '[object Map]': 'is a Map. Return Object.fromEntries(it).',
    '[object Set]': 'is a Set. Return Array.from(it).',
    '[object Error]': 'is an Error. Return its message, or throw it.',
    '[object Object]': 'is an instance of a class. Return a plain object.',
  };
  fail(depth, help[tag] || 'is ' + tag + '. Only JSON can be returned.');
}

function write(value, depth) {
  if (typeof value !== 'object') return writeLeaf(value, depth);
  if (value === null) return grow('null');
  if (depth >= levels) fail(0, 'is nested over ' + levels + ' levels deep.');
  if (apply(has, above, [value])) fail(depth, 'leads back to itself.');
  apply(add, above, [value]);
  const text = isArray(value) ? writeList(value, depth) : writeMembers(value, depth);
  apply(remove, above, [value]);
  return text;
}

function writeList(value, depth) {
  const length = value.length;
  let text = grow('', 2);
  for (let index = 0; index < length; index += 1) {
    places[depth] = index;
    text += grow(index > 0 ? ',' : '') + write(value[index], depth + 1);
  }
  return '[' + text + ']';
}

function writeMembers(value, depth) {
  const prototype = getPrototypeOf(value);
  if (prototype !== plain && prototype !== null) tellObject(value, depth);
  const names = ownKeys(value);
  let text = grow('', 2);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    const described = getOwnPropertyDescriptor(value, name);
    if (described === undefined || !described.enumerable) continue;
    if (typeof name === 'symbol') fail(depth, 'has a member whose name is a symbol. Only JSON can be returned.');
    if (name === '__proto__') fail(depth, 'has a member called __proto__, which is not allowed.');
    places[depth] = name;
    text += grow(text === '' ? '' : ',') + grow(quote(name), 1) + ':' + write(value[name], depth + 1);
  }
  return '{' + text + '}';
}

function describe(error) {
  let name = '', message = '', stack = '';
  if (error !== null && (typeof error === 'object' || typeof error === 'function')) {
    try { name = toText(error.name); } catch {}
    try { message = toText(error.message); } catch {}
    try { stack = toText(error.stack); } catch {}
  } else {
    try { message = toText(error); } catch {}
  }
  return '{"name":' + quote(cut(name, 100)) + ',"message":' + quote(cut(message, 2000)) + ',"stack":' + quote(cut(stack, 4000)) + '}';
}

function settle(letter, make) {
  try {
    state = letter + make();
  } catch (error) {
    state = error === stop ? 'f' + quote(fault) : 'e' + describe(error);
  }
}

let lines = 0, printed = 0;
function show(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'function') return '[function]';
  if (value === null || typeof value !== 'object') return toText(value);
  if (value instanceof Error) return toText(value.name) + ': ' + toText(value.message);
  let text;
  try { text = quote(value); } catch (error) { text = undefined; }
  return text === undefined ? toText(apply(tagOf, value, [])) : text;
}
function print(...values) {
  if (lines > ${codeLimits.logLines}) return;
  lines += 1;
  if (lines > ${codeLimits.logLines} || printed > ${codeLimits.logs}) {
    lines = ${codeLimits.logLines} + 1;
    return emit('');
  }
  let line = '';
  for (let index = 0; index < values.length && line.length <= ${codeLimits.logLine}; index += 1)
    line += (index > 0 ? ' ' : '') + cut(show(values[index]), ${codeLimits.logLine});
  line = cut(line, ${codeLimits.logLine});
  printed += line.length;
  emit(quote(line));
}
delete globalThis.SharedArrayBuffer;
globalThis.console = freeze({ log: print, info: print, warn: print, error: print, debug: print });

return freeze({
  __proto__: null,
  begin(code, text) {
    try {
      const promise = code(freezeAll(parse(text)));
      apply(then, promise, [
        (value) => settle('v', () => write(value, 0)),
        (error) => settle('e', () => describe(error)),
      ]);
    } catch (error) {
      settle('e', () => describe(error));
    }
  },
  state: () => state,
});
})`;
