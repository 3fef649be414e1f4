/** Text of HTML as a person reads it: one pass, whatever is in it. For reading, not for making HTML safe. */
import type { Budget } from '../budget.ts';

const blocks = new Set(
  'address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul'.split(
    ' ',
  ),
);
const dropped = new Set(['script', 'style', 'head', 'template', 'noscript']);

const named: { [name: string]: string } = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  bull: '•',
  middot: '·',
  euro: '€',
  pound: '£',
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  times: '×',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  ccedil: 'ç',
};

function decode(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([A-Za-z]{2,8}));/gi,
    (whole, hex, digits, name) => {
      if (name !== undefined) return Object.hasOwn(named, name) ? named[name]! : whole;
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
      const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return isCharacter ? String.fromCodePoint(code) : whole;
    },
  );
}

/** @returns lines without spaces around them, and at most one empty line between */
export function htmlToText(html: string, budget: Budget): string {
  budget.allowText(html.length);
  budget.spend(html.length >> 3);
  const lower = html.toLowerCase();
  const pieces: string[] = [];
  const add = (text: string) => pieces.push(decode(text.replace(/\s+/g, ' ')));
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    if (open > at) add(html.slice(at, open));
    const isComment = html.startsWith('<!--', open);
    const close = isComment ? html.indexOf('-->', open + 4) : html.indexOf('>', open);
    if (close === -1) {
      at = isComment ? html.length : open;
      break;
    }
    at = close + (isComment ? 3 : 1);
    if (isComment) continue;
    const [, slash, name = ''] = /^<(\/?)([a-z][a-z0-9]*)/.exec(lower.slice(open, open + 20)) ?? [];
    if (dropped.has(name) && slash === '') {
      const end = lower.indexOf(`</${name}`, at);
      at = end === -1 ? html.length : end;
    } else if (blocks.has(name)) pieces.push(name === 'li' && slash === '' ? '\n- ' : '\n');
    else if (name === 'td' || name === 'th') pieces.push(' ');
  }
  if (at < html.length) add(html.slice(at));
  const lines = pieces
    .join('')
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trim());
  return lines
    .filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''))
    .join('\n')
    .trim();
}
