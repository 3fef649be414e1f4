// What a caller is answered, as the connector says. No secret leaves this way in plain, and nothing that a browser would run.
import { evaluateValue, ExpressionError, parseTemplate, type Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import type { Answer } from '@weftline/connectors/types';
import { createRedact } from '../redact.ts';

export type FilledAnswer = { status: number; headers: { [name: string]: string }; body: string | null };

export const jsonType = 'application/json; charset=utf-8';
const textType = 'text/plain; charset=utf-8';

/**
 * Fills an answer. `secrets` are taken out by value; templates that do not resolve leave their header or member out.
 */
export function fillAnswer(
  answer: Answer | undefined,
  scope: Scope,
  secrets: readonly string[],
): FilledAnswer {
  const { status = 200, body: bodyTemplate, headersTemplate = {}, contentType } = answer ?? {};
  const redact = createRedact(secrets);
  const headers: { [name: string]: string } = {};
  for (const [name, template] of Object.entries(headersTemplate)) {
    try {
      const filled = fillTemplate(parseTemplate(template), scope, { missing: 'drop', position: 'header' });
      if (filled !== undefined) headers[name.toLowerCase()] = redact.text(filled);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
  }
  let body: string | null = null;
  let type = textType;
  if (bodyTemplate !== undefined) {
    let filled;
    try {
      filled = evaluateValue(bodyTemplate, scope, { missing: 'drop' });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
    if (filled !== undefined) {
      const shown = redact.value(filled);
      body = typeof shown === 'string' ? shown : JSON.stringify(shown);
      if (typeof shown !== 'string') type = jsonType;
    }
  }
  if (body !== null) headers['content-type'] = contentType ?? type;
  return { status, headers, body };
}
