/** Reads a cURL line as a shell and curl would: words, then options. Nothing is run and no file is read. */
import { parse } from 'shell-quote';

export type CurlField = { name: string; value: string; isFile: boolean; contentType?: string };
export type CurlCall = {
  method: string;
  url: string;
  headers: [string, string][];
  /** `-d`, `--data-urlencode` and `--json`, joined as curl does. */
  data: string | null;
  isJson: boolean;
  fields: CurlField[];
  /** `-T` and `--data-binary @file`: the body is a file. */
  isUpload: boolean;
  user: string | null;
  cookie: string | null;
  ignored: string[];
};

/** Options that take a value and change nothing of the request. */
const valued = new Set(
  '-o --output -m --max-time --connect-timeout --retry --retry-delay --retry-max-time -w --write-out -x --proxy --cacert --cert -E --key --resolve --limit-rate -c --cookie-jar -D --dump-header --interface --ciphers --tlsv1 -K --config --max-redirs -y -Y -r --range -z -C -U --proxy-user --dns-servers'.split(
    ' ',
  ),
);
const longNames: { [short: string]: string } = {
  X: '--request',
  H: '--header',
  d: '--data',
  F: '--form',
  u: '--user',
  A: '--user-agent',
  e: '--referer',
  b: '--cookie',
  T: '--upload-file',
  G: '--get',
  I: '--head',
};

/** @returns the call, or a sentence about why the line is none */
export function parseCurl(line: string): CurlCall | { problem: string } {
  const words = readWords(line);
  const start = words.findIndex((word) => /(^|\/)curl(\.exe)?$/.test(word));
  if (start === -1) return { problem: 'This is no cURL line: it does not begin with "curl".' };
  const call: CurlCall & { isGet: boolean } = {
    method: '',
    url: '',
    headers: [],
    data: null,
    isJson: false,
    fields: [],
    isUpload: false,
    user: null,
    cookie: null,
    ignored: [],
    isGet: false,
  };
  const rest = words.slice(start + 1);
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (!word.startsWith('-') || word === '-') {
      if (call.url === '') call.url = word;
      continue;
    }
    for (const [name, own] of readOption(word)) {
      const value = () => own ?? rest.shift() ?? '';
      apply(call, name, value);
    }
  }
  if (call.url === '') return { problem: 'The line names no address.' };
  const hasBody = call.data !== null || call.fields.length > 0;
  const { isGet, ...found } = call;
  if (isGet && found.data !== null) {
    found.url += `${found.url.includes('?') ? '&' : '?'}${found.data}`;
    found.data = null;
  }
  found.method ||= found.isUpload ? 'PUT' : hasBody && !isGet ? 'POST' : 'GET';
  return found;
}

/** Line continuations, `$'…'`, quotes, and what a shell would take for patterns, as plain words. */
function readWords(line: string): string[] {
  const plain = line
    .replaceAll(/[\\^]\r?\n/g, ' ')
    .replaceAll(/\$'((?:[^'\\]|\\.)*)'/gs, (_, text: string) => quoteWord(unescapeAnsi(text)));
  const words: string[] = [];
  for (const entry of parse(plain, (name) => `$${name}`)) {
    if (typeof entry === 'string') words.push(entry);
    else if ('pattern' in entry) words.push(entry.pattern);
    else if ('op' in entry && words.length > 0) break;
  }
  return words;
}

function quoteWord(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

const escapes: { [char: string]: string } = { n: '\n', t: '\t', r: '\r' };

function unescapeAnsi(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs, (_, unicode, hex, char: string) =>
    unicode || hex ? String.fromCharCode(parseInt((unicode ?? hex) as string, 16)) : (escapes[char] ?? char),
  );
}

/** `-sSLXPOST` is four options; `--request=POST` is one with its value. */
function readOption(word: string): [string, string | undefined][] {
  if (word.startsWith('--')) {
    const at = word.indexOf('=');
    return at === -1 ? [[word, undefined]] : [[word.slice(0, at), word.slice(at + 1)]];
  }
  const found: [string, string | undefined][] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at]!;
    const name = Object.hasOwn(longNames, letter) ? longNames[letter]! : `-${letter}`;
    const takes = (name.startsWith('--') && name !== '--get' && name !== '--head') || valued.has(name);
    if (!takes) found.push([name, undefined]);
    else {
      const inside = word.slice(at + 1);
      found.push([name, inside === '' ? undefined : inside]);
      break;
    }
  }
  return found;
}

function apply(call: CurlCall & { isGet: boolean }, name: string, value: () => string): void {
  const add = (text: string) => {
    call.data = call.data === null ? text : `${call.data}&${text}`;
  };
  if (name === '--request') call.method = value().toUpperCase();
  else if (name === '--url') call.url = value();
  else if (name === '--header') addHeader(call, value());
  else if (name === '--user-agent') call.headers.push(['User-Agent', value()]);
  else if (name === '--referer') call.headers.push(['Referer', value()]);
  else if (name === '--user') call.user = value();
  else if (name === '--oauth2-bearer') call.headers.push(['Authorization', `Bearer ${value()}`]);
  else if (name === '--cookie') call.cookie = value();
  else if (name === '--get') call.isGet = true;
  else if (name === '--head') call.method = 'HEAD';
  else if (name === '--upload-file') call.isUpload = Boolean(value()) || true;
  else if (/^--data(-raw|-ascii|-binary)?$/.test(name)) {
    const text = value();
    if (text.startsWith('@') && name !== '--data-raw') call.isUpload = true;
    else add(text);
  } else if (name === '--data-urlencode') add(urlEncoded(value()));
  else if (name === '--json') {
    call.isJson = true;
    call.data = `${call.data ?? ''}${value()}`;
  } else if (name === '--form' || name === '--form-string')
    call.fields.push(readField(value(), name === '--form'));
  else if (valued.has(name)) value();
  else if (
    name.startsWith('--') &&
    !/^--(compressed|location|silent|show-error|insecure|include|fail|verbose|http\d.*|globoff|no-.*|path-as-is)$/.test(
      name,
    )
  )
    call.ignored.push(name);
}

function addHeader(call: CurlCall, text: string): void {
  const at = text.indexOf(':');
  if (at <= 0) return;
  const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (name.toLowerCase() === 'cookie') call.cookie = value;
  else if (value !== '') call.headers.push([name, value]);
}

/** `name=value`, `=value` or `value`, as curl encodes them. */
function urlEncoded(text: string): string {
  const at = text.indexOf('=');
  return at === -1
    ? encodeURIComponent(text)
    : `${at === 0 ? '' : `${text.slice(0, at)}=`}${encodeURIComponent(text.slice(at + 1))}`;
}

function readField(text: string, mayBeFile: boolean): CurlField {
  const at = text.indexOf('=');
  const [name, given] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  const isFile = mayBeFile && /^[@<]/.test(given);
  const [value = '', ...options] = given.split(/;\s*(?=(?:type|filename)=)/);
  const contentType = options.find((option) => option.startsWith('type='))?.slice(5);
  return { name, value: isFile ? '' : value, isFile, ...(contentType ? { contentType } : {}) };
}
