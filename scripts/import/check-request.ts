// Judges one built request by the service's own document.
import type { Foreign } from './libraries.ts';
import { readMultipart } from './read-multipart.ts';
import { readXmlBody, XmlFault } from './read-xml-body.ts';
import { coerce, inside, kindsOf, namesOf, readDeep, readPairs, readStyled } from './read-wire.ts';
import type { VendorBody, VendorDocument, VendorOperation, VendorParameter } from './vendor-document.ts';
import type { Verdict } from './vendor-schemas.ts';

export type BuiltRequest = {
  method: string;
  url: string;
  headers: { [name: string]: string };
  body: { text: string; bytes?: Uint8Array; contentType: string } | null;
};
export type Judge = {
  vendor: VendorDocument;
  validate: (pointer: string | null, schema: unknown, value: unknown) => Verdict;
  /** Parts that no validator could be made of. */
  unjudged: Map<string, number>;
};

const overlooked = new Set(['accept', 'content-type', 'authorization', 'cookie']);
const byTransport =
  /^(host|content-length|transfer-encoding|connection|expect|te|upgrade|trailer|keep-alive)$/;

/** @returns what is wrong; an empty list when the service would take the request */
export function checkRequest(judge: Judge, operation: VendorOperation, request: BuiltRequest): string[] {
  const faults: string[] = [];
  const resolve = (value: Foreign): Foreign => judge.vendor.resolve(value, '').value;
  const judgeValue = (
    where: string,
    parameter: { pointer: string | null; schema: unknown },
    value: unknown,
  ) => {
    const verdict = judge.validate(parameter.pointer, parameter.schema, value);
    if (verdict.ok === false)
      faults.push(`${where}: ${verdict.why} for ${JSON.stringify(value)?.slice(0, 120)}`);
    if (verdict.ok === null) judge.unjudged.set(verdict.why, (judge.unjudged.get(verdict.why) ?? 0) + 1);
  };
  /** What a connection sends may be there, and a step need not send it. */
  const credentialsIn = (place: string) =>
    operation.parameters
      .filter((parameter) => parameter.in === place && judge.vendor.isCredential(parameter))
      .map(({ name }) => name);
  if (request.method !== operation.method) faults.push(`method ${request.method}`);
  const [address = '', search = ''] = request.url.split('?');
  const inPlace = (place: string) =>
    operation.parameters.filter(
      (parameter) => parameter.in === place && !judge.vendor.isCredential(parameter),
    );

  const values = matchPath(operation.path, address);
  if (!values) faults.push(`path ${address} is not ${operation.path}`);
  for (const parameter of inPlace('path')) {
    const raw = values?.get(parameter.name);
    if (raw === undefined) continue;
    if (raw === '') faults.push(`path ${parameter.name}: empty`);
    judgeValue(`path ${parameter.name}`, parameter, readStyled(parameter, raw, resolve));
  }

  const pairs = toPairs(search, '&');
  const fixed = toPairs(/\?([^#]*)/.exec(operation.path)?.[1] ?? '', '&');
  for (const [name, value] of fixed)
    if (!/[{}]/.test(value) && !pairs.some(([key, own]) => key === name && own === value))
      faults.push(`query ${name}=${value} is missing`);
  checkPairs(inPlace('query'), pairs, 'query', [...fixed.map(([name]) => name), ...credentialsIn('query')]);

  for (const parameter of inPlace('header')) {
    const lower = parameter.name.toLowerCase();
    if (overlooked.has(lower) || byTransport.test(lower)) continue;
    const text = request.headers[lower];
    if (text === undefined) {
      if (parameter.required) faults.push(`header ${parameter.name} is missing`);
    } else judgeValue(`header ${parameter.name}`, parameter, readHeader(parameter, text));
  }
  const cookies = (request.headers['cookie'] ?? '').split('; ').filter(Boolean).map(splitPair);
  checkPairs(inPlace('cookie'), cookies, 'cookie', credentialsIn('cookie'));
  checkBody();
  return faults;

  function checkPairs(
    parameters: VendorParameter[],
    given: [string, string][],
    where: string,
    more: string[],
  ): void {
    const names = new Set(parameters.map(({ name }) => name));
    for (const parameter of parameters) {
      const value = readPairs(parameter, given, resolve, names);
      if (value === undefined) {
        if (parameter.required) faults.push(`${where} ${parameter.name} is missing`);
      } else judgeValue(`${where} ${parameter.name}`, parameter, value);
    }
    const isFree = parameters.some(
      (one) => one.explode && kindsOf(one.schema, resolve).has('object') && one.style === 'form',
    );
    for (const [key] of given) {
      const known =
        names.has(key) ||
        more.includes(key) ||
        [...names].some((name) => key.startsWith(`${name}[`)) ||
        isFree;
      if (!known) faults.push(`${where} ${key} is not described`);
    }
  }

  function readHeader(parameter: VendorParameter, text: string): unknown {
    if (parameter.isJson) return JSON.parse(text) as unknown;
    const kinds = kindsOf(parameter.schema, resolve);
    const parts = text.split(',');
    if (kinds.has('array'))
      return parts.map((one) => coerce(one, inside(parameter.schema, null, resolve), resolve));
    if (kinds.has('object')) {
      const flat = parameter.explode ? parts.flatMap((part) => splitPair(part)) : parts;
      const out: { [name: string]: unknown } = {};
      for (let at = 0; at + 1 < flat.length; at += 2)
        out[flat[at]!] = coerce(flat[at + 1]!, inside(parameter.schema, flat[at]!, resolve), resolve);
      return out;
    }
    return coerce(text, parameter.schema, resolve);
  }

  function checkBody(): void {
    const { body } = request;
    if (body === null) {
      const isPossible = request.method !== 'GET' && request.method !== 'HEAD';
      if (operation.body?.required && isPossible) faults.push('the body is missing');
      return;
    }
    if (!operation.body) return void faults.push('a body that is not described');
    const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    const content = pickContent(operation.body, type);
    if (!content) return void faults.push(`body: ${type} is not described`);
    try {
      const value = readBody(body, type, content);
      if (value !== undefined) judgeValue(`body (${type})`, content, value);
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error;
      faults.push(`body (${type}): ${error.message}: ${body.text.slice(0, 150)}`);
    }
  }

  function readBody(
    body: NonNullable<BuiltRequest['body']>,
    type: string,
    content: VendorBody['contents'][number],
  ): unknown {
    if (/[/+]json$/.test(type)) return JSON.parse(body.text) as unknown;
    if (type === 'application/x-www-form-urlencoded') return readForm(toPairs(body.text, '&'), content);
    if (type === 'multipart/form-data') {
      const boundary = /boundary=([^;]+)/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
      return readParts(Buffer.from(body.bytes ?? []), boundary, content);
    }
    // A text is taken where XML is described as elements and nobody says how their root is called.
    if (/^(application|text)\/([\w.-]+\+)?xml$/.test(type) && body.text.startsWith('<?xml'))
      return readXmlBody(body.text, content.schema, resolve);
    if (/^text\/|xml|yaml/.test(type))
      return kindsOf(content.schema, resolve).has('string') ? body.text : undefined;
    return undefined;
  }

  function readForm(all: [string, string][], { schema, encoding }: VendorBody['contents'][number]): unknown {
    const out: { [name: string]: unknown } = {};
    for (const name of new Set([
      ...namesOf(schema, resolve),
      ...all.map(([key]) => key.replace(/\[.*$/, '')),
    ])) {
      const member = inside(schema, name, resolve);
      const { style, explode } = encoding[name] ?? {};
      const kinds = kindsOf(member, resolve);
      const deep = all.filter(([key]) => key.startsWith(`${name}[`));
      if (style === 'deepObject' && deep.length > 0) {
        out[name] = readDeep(name, deep, member, resolve);
        continue;
      }
      const isPlainObject = kinds.has('object') && style === undefined && explode === undefined;
      const parameter = {
        name,
        in: 'query',
        required: false,
        style: style ?? 'form',
        explode: explode ?? true,
        pointer: null,
        schema: member,
      };
      const isJson = isPlainObject || /json/.test(encoding[name]?.contentType ?? '');
      const own = all.filter(([key]) => key === name);
      if (own.length === 0 && (isJson || kinds.has('array'))) continue;
      const isJsonList = isJson && kinds.has('array') && !own[0]?.[1].startsWith('%5B');
      const value = readPairs(
        { ...parameter, isJson: isJson && looksLikeJson(own[0]?.[1]) && !isJsonList },
        all,
        resolve,
        new Set(),
      );
      if (value !== undefined) out[name] = value;
    }
    return out;
  }

  function readParts(
    bytes: Buffer,
    boundary: string,
    { schema, encoding }: VendorBody['contents'][number],
  ): unknown {
    const parts = readMultipart(bytes, boundary);
    const out: { [name: string]: unknown } = {};
    const pairs = parts.filter(({ fileName }) => fileName === undefined);
    for (const name of new Set([
      ...namesOf(schema, resolve),
      ...parts.map((part) => part.name.replace(/\[.*$/, '')),
    ])) {
      const member = inside(schema, name, resolve);
      const kinds = kindsOf(member, resolve);
      const { style, explode } = encoding[name] ?? {};
      const deep = pairs.filter((part) => part.name.startsWith(`${name}[`));
      if (deep.length > 0) {
        out[name] = readDeep(
          name,
          deep.map((part) => [part.name, encodeURIComponent(part.text)]),
          member,
          resolve,
        );
        continue;
      }
      const own = parts.filter((part) => part.name === name);
      if ((style !== undefined || explode !== undefined) && (kinds.has('array') || kinds.has('object'))) {
        const encoded = pairs.map((part): [string, string] => [
          part.name,
          encodeURIComponent(part.text).replaceAll('%2C', ','),
        ]);
        const parameter = {
          name,
          in: 'query',
          required: false,
          style: style ?? 'form',
          explode: explode ?? (style ?? 'form') === 'form',
          pointer: null,
          schema: member,
          isJson: false,
        };
        const value = readPairs(parameter, encoded, resolve, new Set());
        if (value !== undefined) out[name] = value;
        continue;
      }
      if (own.length === 0) continue;
      const read = (part: (typeof own)[number], at: unknown): unknown =>
        part.fileName !== undefined
          ? 'bytes'
          : /json/.test(part.type ?? '')
            ? (JSON.parse(part.text) as unknown)
            : coerce(part.text, at, resolve);
      if (
        kinds.has('array') &&
        !(own.length === 1 && /json/.test(own[0]!.type ?? '') && own[0]!.text.startsWith('['))
      )
        out[name] = own.map((part) => read(part, inside(member, null, resolve)));
      else out[name] = read(own[0]!, member);
    }
    return out;
  }
}

function looksLikeJson(text: string | undefined): boolean {
  try {
    JSON.parse(decodeURIComponent(text ?? ''));
    return true;
  } catch {
    return false;
  }
}

function pickContent(body: VendorBody, type: string): VendorBody['contents'][number] | undefined {
  const plain = (text: string) => text.split(';')[0]!.trim().toLowerCase();
  return (
    body.contents.find(({ contentType }) => plain(contentType) === type) ??
    body.contents.find(
      ({ contentType }) =>
        plain(contentType).endsWith('/*') &&
        (plain(contentType) === '*/*' || type.startsWith(plain(contentType).slice(0, -1))),
    ) ??
    body.contents.find(
      ({ contentType }) => plain(contentType) === 'application/octet-stream' && !type.startsWith('multipart'),
    )
  );
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function toPairs(text: string, separator: string): [string, string][] {
  return text
    .split(separator)
    .filter((pair) => pair !== '')
    .map(splitPair)
    .map(([key, value]) => [decodeURIComponent(key), value]);
}

/** The raw values of a path by the names of its placeholders; null when it is another path. */
function matchPath(template: string, address: string): Map<string, string> | null {
  const plain = template.replace(/#.*$/, '').replace(/\?(?![^{]*\}).*$/, '');
  const names: string[] = [];
  const pattern = plain
    .split(/(\{[^{}]+\})/)
    .map((piece) => {
      const name = /^\{(.+)\}$/.exec(piece)?.[1];
      if (name === undefined) return literal(piece);
      names.push(name);
      return /[+*]$/.test(name) ? '(.+)' : '([^/?#]+?)';
    })
    .join('');
  const path = /^https?:\/\/[^/]*(.*)$/.exec(address)?.[1] ?? '';
  const match = new RegExp(`${plain.startsWith('/') ? '' : '/'}${pattern}$`).exec(path);
  if (!match) return null;
  return new Map(names.map((name, index) => [name, match[index + 1]!]));
}

function literal(text: string): string {
  return [...text]
    .map((char) => `(?:${escapePattern(char)}|${escapePattern(encodeURIComponent(char))})`)
    .join('');
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
