import { StringStream } from '@codemirror/language';
import { expect, test } from 'vitest';
import { javascriptReader } from './javascript-language.ts';

/** The words of a text with their kinds, line by line. */
function wordsOf(text: string): [string, string][] {
  const state = javascriptReader.startState!(2);
  return text.split('\n').flatMap((line) => {
    const stream = new StringStream(line, 2, 2);
    const found: [string, string][] = [];
    while (!stream.eol()) {
      stream.start = stream.pos;
      const kind = javascriptReader.token(stream, state);
      if (kind) found.push([stream.current(), kind]);
      expect(stream.pos).toBeGreaterThan(stream.start);
    }
    return found;
  });
}

test('words, texts, numbers and comments are told apart', () => {
  expect(wordsOf('const a = "x\\"y" + 0xff; // c\nreturn a.default;')).toEqual([
    ['const', 'keyword'],
    ['a', 'variableName'],
    ['=', 'operator'],
    ['"x\\"y"', 'string'],
    ['+', 'operator'],
    ['0xff', 'number'],
    ['// c', 'comment'],
    ['return', 'keyword'],
    ['a', 'variableName'],
    ['default', 'propertyName'],
  ]);
});

test('a slash divides or begins a regular expression, by what stands before it', () => {
  const kinds = (text: string) => wordsOf(text).map(([word, kind]) => `${word} ${kind}`);
  expect(kinds('a / b / c')).not.toContain('/ b / regexp');
  expect(kinds('x = /[/]\\/"/g.test(y)')).toContain('/[/]\\/"/g regexp');
  expect(kinds('return /a/')).toContain('/a/ regexp');
});

test('comments and templates go over lines, and holes in templates are code again', () => {
  const kinds = wordsOf('/* one\ntwo */ `a${ b + `c${1}` }d\ne` + null');
  expect(kinds).toContainEqual(['two */', 'comment']);
  expect(kinds).toContainEqual(['b', 'variableName']);
  expect(kinds).toContainEqual(['1', 'number']);
  expect(kinds).toContainEqual(['e`', 'string']);
  expect(kinds.at(-1)).toEqual(['null', 'atom']);
});

test('any text comes to an end', () => {
  for (const text of ['`${', '}}}', '"', "'", '/', '/*', '\\', '\u0000', '#', '`', '...', '${', '😀'])
    expect(wordsOf(text)).toBeDefined();
});
