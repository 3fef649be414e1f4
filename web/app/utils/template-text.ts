/** Texts with `{{ … }}` as the fields show them: pieces for pills, and JSON whose texts may hold holes. */
import { scanTemplate } from '@weftline/connectors/expression/scan-template';
import type { Json } from '../types/api.ts';

export type Piece = { kind: 'text'; text: string } | { kind: 'hole'; source: string };

/** Literal parts and holes in order. A text that cannot be read yet (an open `{{`) is one literal. */
export function splitPieces(text: string): Piece[] {
  if (!text.includes('{{')) return text === '' ? [] : [{ kind: 'text', text }];
  try {
    return scanTemplate(text).map((piece) =>
      piece.kind === 'text'
        ? { kind: 'text', text: piece.text }
        : { kind: 'hole', source: piece.source.trim() },
    );
  } catch {
    return [{ kind: 'text', text }];
  }
}

export function joinPieces(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : `{{${piece.source}}}`)).join('');
}

/** Prints JSON for editing. Holes stand in it as they are; a text that is one hole and nothing else loses its quotes. */
export function printJsonTemplate(value: Json, indent = ''): string {
  if (typeof value === 'string') return printText(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item) => printJsonTemplate(item, inner))
    : Object.entries(value).map(
        ([name, member]) => `${JSON.stringify(name)}: ${printJsonTemplate(member, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return members.length === 0
    ? `${open}${close}`
    : `${open}\n${members.map((text) => inner + text).join(',\n')}\n${indent}${close}`;
}

function printText(text: string): string {
  const pieces = splitPieces(text);
  if (pieces.length === 1 && pieces[0]!.kind === 'hole') return `{{${pieces[0]!.source}}}`;
  const inside = pieces.map((piece) =>
    piece.kind === 'hole' ? `{{${piece.source}}}` : JSON.stringify(piece.text).slice(1, -1),
  );
  return `"${inside.join('')}"`;
}

/** Reads what `printJsonTemplate` prints. Null when it is not JSON (the text is then taken as a text). */
export function parseJsonTemplate(text: string): { value: Json } | null {
  let inText = false;
  let json = '';
  for (const piece of splitPieces(text)) {
    if (piece.kind === 'hole') {
      const hole = `{{${piece.source}}}`;
      json += inText ? JSON.stringify(hole).slice(1, -1) : JSON.stringify(hole);
      continue;
    }
    json += piece.text;
    inText = endsInText(piece.text, inText);
  }
  try {
    return { value: JSON.parse(json) as Json };
  } catch {
    return null;
  }
}

/** Whether a piece of JSON ends inside a quoted text. */
function endsInText(json: string, inText: boolean): boolean {
  let inside = inText;
  for (let at = 0; at < json.length; at += 1) {
    if (inside && json[at] === '\\') at += 1;
    else if (json[at] === '"') inside = !inside;
  }
  return inside;
}
