/** Looks for texts that are somebody's secret: a published document can be read by the whole workspace, for ever. */
import type { Json } from '../../json.ts';
import { pointer, problem, type Problem } from '../../problem.ts';
import type { Rule } from '../list-requests.ts';

/** Shapes that well-known services give their secrets, so that scanners can find them. */
const shapes: [RegExp, string][] = [
  [/\bgh[pousr]_[A-Za-z0-9]{36,}/, 'a GitHub token'],
  [/\bgithub_pat_[A-Za-z0-9_]{50,}/, 'a GitHub token'],
  [/\bxox[abposr]-[A-Za-z0-9-]{20,}/, 'a Slack token'],
  [/\b[sr]k_live_[A-Za-z0-9]{16,}/, 'a Stripe key'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'an AWS access key'],
  [/\bAIza[0-9A-Za-z_-]{35}\b/, 'a Google API key'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
];

/** The first text of such a shape, and what it looks like. */
export function findSecret(text: string): { text: string; what: string } | null {
  for (const [pattern, what] of shapes) {
    const found = pattern.exec(text);
    if (found) return { text: found[0], what };
  }
  return null;
}

export const checkSecrets: Rule = (connector) => {
  const found: Problem[] = [];
  const visit = (value: Json, path: string): void => {
    if (typeof value === 'string') {
      const secret = findSecret(value);
      if (secret)
        found.push(
          problem(
            path,
            'secret_in_document',
            `This looks like ${secret.what}; take it out and revoke it. Credentials belong to connections.`,
          ),
        );
    } else if (value !== null && typeof value === 'object') {
      for (const [key, entry] of Object.entries(value)) visit(entry, pointer(path, key));
    }
  };
  visit(connector as unknown as Json, '');
  return found;
};
