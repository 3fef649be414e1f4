/**
 * The one validator of connectors: used by the API when a draft is saved and when a version is published, by the
 * command line, and by the editor in the browser.
 */
import { describeShapeErrors, type ShapeError } from './describe-shape-error.ts';
import { documentLimits, measureValue } from './measure-value.ts';
import { problemLimit, type Problem } from './problem.ts';
import { checkAddresses } from './rules/check-addresses.ts';
import { checkAuth } from './rules/check-auth.ts';
import { checkBodies } from './rules/check-bodies.ts';
import { checkDuplicates } from './rules/check-duplicates.ts';
import { checkEncodings } from './rules/check-encodings.ts';
import { checkFiles } from './rules/check-files.ts';
import { checkHeaders } from './rules/check-headers.ts';
import { checkIdempotency } from './rules/check-idempotency.ts';
import { checkMethods } from './rules/check-methods.ts';
import { checkMigrations } from './rules/check-migrations.ts';
import { checkOtherAuth } from './rules/check-other-auth.ts';
import { checkPagination } from './rules/check-pagination.ts';
import { checkPlaceholders } from './rules/check-placeholders.ts';
import { checkPolls } from './rules/check-polls.ts';
import { checkRateLimits } from './rules/check-rate-limits.ts';
import { checkReceive } from './rules/check-receive.ts';
import { checkReferences } from './rules/check-references.ts';
import { checkSchemas } from './rules/check-schemas.ts';
import { checkSources } from './rules/check-sources.ts';
import { checkSteps } from './rules/check-steps.ts';
import { checkTemplates } from './rules/check-templates.ts';
import { checkTriggers } from './rules/check-triggers.ts';
import { checkWaits } from './rules/check-waits.ts';
import type { Rule } from './rules/list-requests.ts';
import { checkEffects } from './rules/publish/check-effects.ts';
import { checkRequires } from './rules/publish/check-requires.ts';
import { checkSamples } from './rules/publish/check-samples.ts';
import { checkSecrets } from './rules/publish/check-secrets.ts';
import { checkSenders } from './rules/publish/check-senders.ts';
import { checkTests } from './rules/publish/check-tests.ts';
import type { Connector } from './types.ts';
import { patternSentences, validateShape } from './validate-shape.generated.ts';

const saveRules: Rule[] = [
  checkDuplicates,
  checkReferences,
  checkAuth,
  checkOtherAuth,
  checkAddresses,
  checkHeaders,
  checkMethods,
  checkPlaceholders,
  checkIdempotency,
  checkBodies,
  checkFiles,
  checkEncodings,
  checkPagination,
  checkSteps,
  checkTriggers,
  checkPolls,
  checkRateLimits,
  checkWaits,
  checkReceive,
  checkMigrations,
  checkSources,
  checkTemplates,
];

const publishRules: Rule[] = [checkEffects, checkSenders, checkTests, checkRequires, checkSecrets];

/**
 * Lists what is wrong with a connector. Never throws, whatever it is given, and its work is bounded: the document is
 * measured before anything else looks at it (16 MiB, 64 levels, a million values).
 * @param document the parsed document
 * @param moment `save` for a draft, `publish` for a version that shall never change again
 * @returns at most 100 problems, the first faults first; an empty list means that the moment may pass
 */
export function validateConnector(document: unknown, moment: 'save' | 'publish'): Problem[] {
  const tooMuch = measureValue(document, documentLimits).problem;
  if (tooMuch) return [tooMuch];
  if (!validateShape(document))
    return cut(describeShapeErrors((validateShape.errors ?? []) as ShapeError[], patternSentences));
  const connector = document as Connector;
  // Rules below look names up in schemas, so those must be sound first.
  const schemaProblems = checkSchemas(connector);
  if (schemaProblems.length > 0)
    return cut([...schemaProblems, ...checkDuplicates(connector), ...checkHeaders(connector)]);
  const found = saveRules.flatMap((rule) => rule(connector));
  if (moment === 'publish') {
    found.push(...publishRules.flatMap((rule) => rule(connector)));
    if (found.length === 0) found.push(...checkSamples(connector));
  }
  return cut(found);
}

/** True when a document has nothing left to mend; then it may be taken for a connector. */
export function isConnector(document: unknown): document is Connector {
  return validateConnector(document, 'save').length === 0;
}

function cut(found: Problem[]): Problem[] {
  const seen = new Set<string>();
  return found
    .filter(({ path, message }) => {
      const key = `${path} ${message}`;
      return seen.has(key) ? false : Boolean(seen.add(key));
    })
    .slice(0, problemLimit);
}
