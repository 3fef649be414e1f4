import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { checkValue } from './check-value.ts';
import { evaluateValue } from './evaluate-value.ts';
import { listPaths } from './list-paths.ts';
import { parseTemplate } from './parse-template.ts';

const scope: { [root: string]: Json } = {
  input: { name: 'Ann', tags: ['a'], note: '{{input.name}}', none: null },
};

describe('filling a tree', () => {
  it('fills every text and keeps everything else', () => {
    const tree = { a: '{{input.tags}}', b: ['x {{input.name}}', 1, null, true], c: { d: 'plain } text' } };
    expect(evaluateValue(tree, scope, { missing: 'fail' })).toEqual({
      a: ['a'],
      b: ['x Ann', 1, null, true],
      c: { d: 'plain } text' },
    });
  });

  it('evaluates once: text that comes out of data is never a template', () => {
    expect(evaluateValue({ a: '{{input.note}}' }, scope, { missing: 'fail' })).toEqual({
      a: '{{input.name}}',
    });
  });

  it('drops members that do not resolve in drop mode, and sends null as null', () => {
    const tree = {
      a: '{{input.zip}}',
      b: { c: 'x{{input.zip}}' },
      d: ['{{input.zip}}', 1],
      e: '{{input.none}}',
    };
    expect(evaluateValue(tree, scope, { missing: 'drop' })).toEqual({ b: {}, d: [1], e: null });
    expect(evaluateValue('{{input.zip}}', scope, { missing: 'drop' })).toBeUndefined();
  });

  it('names the place of the text that failed', () => {
    expect(() => evaluateValue({ body: { 'a/b': ['{{input.zip}}'] } }, scope, { missing: 'fail' })).toThrow(
      /^\/body\/a~1b\/0: `input.zip`/,
    );
  });

  it('keeps names as they are, also __proto__', () => {
    const tree = JSON.parse('{"__proto__": "{{input.name}}", "{{input.name}}": 1}') as Json;
    expect(JSON.stringify(evaluateValue(tree, scope, { missing: 'fail' }))).toBe(
      '{"__proto__":"Ann","{{input.name}}":1}',
    );
    expect(checkValue(tree, { roots: ['input'] }, '')).toMatchObject([
      { path: '/{{input.name}}', code: 'invalid_expression' },
    ]);
  });

  it('limits the work of a whole tree', () => {
    const heavy = Array.from({ length: 200 }, () => '{{length(sha256(input.text))}}');
    expect(() => evaluateValue(heavy, { input: { text: 'x'.repeat(300_000) } }, { missing: 'fail' })).toThrow(
      /too much work/,
    );
  });

  it('limits what a whole tree may grow to', () => {
    const big = { input: { text: 'x'.repeat(1_000_000) } };
    expect(() =>
      evaluateValue(
        Array.from({ length: 12 }, () => '{{input.text}}'),
        big,
        { missing: 'fail' },
      ),
    ).toThrow(/larger than/);
  });
});

describe('listing paths', () => {
  it('gives every path that a template reads', () => {
    const template = parseTemplate(
      `{{a.b[0]["c d"]}} {{upper(x ?? y[*].z)}} {{list[index].v}} {{first(q.r).s}}`,
    );
    expect(listPaths(template)).toEqual([
      { root: 'a', path: ['b', 0, 'c d'] },
      { root: 'x', path: [] },
      { root: 'y', path: ['*', 'z'] },
      { root: 'list', path: [] },
      { root: 'index', path: [] },
      { root: 'q', path: ['r'] },
    ]);
  });
});
