import { expect, it } from 'vitest';
import { toDocument, toText } from './pill-editor.ts';

it('turns a text with holes into text and pills, and back', () => {
  const text = 'Hello {{trigger.output.body.name}}!\n\nYour total: {{steps.a.output.total}}';
  const document = toDocument(text);
  expect(document.content).toHaveLength(3);
  expect(document.content![0]!.content![1]).toEqual({
    type: 'pill',
    attrs: { source: 'trigger.output.body.name' },
  });
  expect(toText(document)).toBe(text);
});

it('keeps an empty text and an unfinished hole as they are', () => {
  expect(toText(toDocument(''))).toBe('');
  expect(toText(toDocument('a {{b'))).toBe('a {{b');
});
