import { expect, it } from 'vitest';
import { joinPieces, parseJsonTemplate, printJsonTemplate, splitPieces } from './template-text.ts';

it('splits a text into literals and holes, and joins them again', () => {
  const text = "Hello {{upper('}}')}}, you owe {{ trigger.output.body.total }}";
  const pieces = splitPieces(text);
  expect(pieces).toEqual([
    { kind: 'text', text: 'Hello ' },
    { kind: 'hole', source: "upper('}}')" },
    { kind: 'text', text: ', you owe ' },
    { kind: 'hole', source: 'trigger.output.body.total' },
  ]);
  expect(joinPieces(pieces)).toBe("Hello {{upper('}}')}}, you owe {{trigger.output.body.total}}");
});

it('leaves a text alone while its hole is still being typed', () => {
  expect(splitPieces('x {{ trig')).toEqual([{ kind: 'text', text: 'x {{ trig' }]);
  expect(splitPieces('')).toEqual([]);
});

it('prints JSON with holes as they are and reads the same value back', () => {
  const value = {
    name: '{{upper("a")}}',
    line: 'Say "hi" to {{trigger.output.body.name}}',
    list: [1, null, true, {}],
    n: { deep: '{{x}}' },
  };
  const text = printJsonTemplate(value);
  expect(text).toContain('"name": {{upper("a")}}');
  expect(text).toContain('"line": "Say \\"hi\\" to {{trigger.output.body.name}}"');
  expect(parseJsonTemplate(text)).toEqual({ value });
});

it('takes a quoted hole and a bare hole for the same value', () => {
  expect(parseJsonTemplate('{"a": "{{x}}"}')).toEqual(parseJsonTemplate('{"a": {{x}}}'));
});

it('says null when the text is not JSON', () => {
  expect(parseJsonTemplate('hello')).toBeNull();
  expect(parseJsonTemplate('{"a": ')).toBeNull();
});
