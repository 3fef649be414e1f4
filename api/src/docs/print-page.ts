// /docs: one page that lists every route, made here so that nothing is fetched from elsewhere and no script runs.
import { errorTable } from '@weftline/runner/platform/errors';
import { z } from 'zod';
import type { Route } from '../define-route.ts';
import { errorsOf, tagOf } from './describe-routes.ts';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const code = (value: unknown): string =>
  `<pre>${escape(typeof value === 'string' ? value : JSON.stringify(value, null, 2))}</pre>`;
/** Our texts use back quotes for code and nothing else. */
const prose = (text: string): string => escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const accessText = (route: Route): string => {
  if (route.access === 'public') return 'Anybody.';
  return route.access === 'signedIn' ? 'Anybody signed in.' : `Roles that may <code>${route.access}</code>.`;
};

function fold(title: string, schema: z.ZodType, io: 'input' | 'output'): string {
  const { $schema: _dialect, ...shown } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return `<details><summary>${title}</summary>${code(shown)}</details>`;
}

function printRoute(route: Route): string {
  const answers = Object.entries(route.responses).map(
    ([status, { description, schema }]) =>
      `<li><b>${status}</b> ${prose(description)}${schema ? fold('Form', schema, 'output') : ''}</li>`,
  );
  const failures = errorsOf(route).map(
    (name) => `<li><b>${errorTable[name].status}</b> <a href="#errors"><code>${name}</code></a></li>`,
  );
  return `<article id="${route.operationId}">
<h3><span class="m ${route.method}">${route.method.toUpperCase()}</span> <code>${escape(route.fullPath)}</code></h3>
<p>${prose(route.summary)}. ${route.description ? prose(route.description) : ''}</p>
<p class="who">${accessText(route)}${route.ifMatch ? ' Needs <code>If-Match</code>.' : ''}</p>
${route.query ? fold('Query', route.query, 'input') : ''}
${route.body ? fold('Body', route.body, 'input') : ''}
${route.example?.body === undefined ? '' : `<details open><summary>Example</summary>${code(route.example.body)}</details>`}
<details><summary>Answers</summary><ul>${answers.join('')}${failures.join('')}</ul></details>
</article>`;
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0;display:grid;grid-template-columns:16rem 1fr}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem;box-sizing:border-box;border-right:1px solid #8884;font-size:.875rem}
nav a{display:block;color:inherit;text-decoration:none;padding:.1rem 0}nav a:hover{text-decoration:underline}
main{padding:2rem;max-width:52rem;min-width:0}article{border-top:1px solid #8884;padding:1rem 0}
h3{font-size:1rem;margin:.5rem 0;overflow-wrap:anywhere}.m{font-size:.75rem;border:1px solid;border-radius:.3rem;padding:.1rem .4rem}
.who{font-size:.875rem;opacity:.75}pre{overflow:auto;background:#8881;padding:.75rem;border-radius:.4rem;font-size:.8rem}
summary{cursor:pointer;font-size:.875rem}table{border-collapse:collapse;font-size:.875rem}td{padding:.3rem .8rem .3rem 0;vertical-align:top}
@media(max-width:50rem){body{display:block}nav{display:none}}`;

/** The page as HTML. */
export function printPage(routes: readonly Route[]): string {
  const shown = routes.filter((route) => route.documented !== false);
  const groups = [...Map.groupBy(shown, tagOf)].sort(([left], [right]) => left.localeCompare(right));
  const menu = groups.map(([tag]) => `<a href="#tag-${tag}">${tag}</a>`).join('');
  const sections = groups.map(
    ([tag, members]) =>
      `<section><h2 id="tag-${tag}">${tag}</h2>${members.map(printRoute).join('')}</section>`,
  );
  const errors = Object.entries(errorTable).map(
    ([name, { status, title, action }]) =>
      `<tr><td><code>${name}</code></td><td>${status}</td><td>${escape(title)}. ${escape(action)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Weftline API</title><style>${style}</style></head><body><nav><b>Weftline API</b>${menu}<a href="#errors">errors</a></nav><main>
<h1>Weftline API</h1>
<p>Machine-readable: <a href="/openapi.json">/openapi.json</a>. Send <code>Authorization: Bearer</code> with an access token or an API key.</p>
<p>Lists answer <code>{data, nextCursor, hasMore}</code> and take <code>limit</code> and <code>cursor</code>. Mutations may carry <code>Idempotency-Key</code>.
Edits of drafts carry <code>If-Match</code>. Foreign and unknown ids answer the same 404.</p>
${sections.join('')}
<h2 id="errors">errors</h2><p>Every failure is <code>{"error": {code, message, requestId, details}}</code> with one of these codes.</p>
<table>${errors.join('')}</table></main></body></html>`;
}
