import { playExamples as play, type PlayedExample } from '@weftline/runner/executor/play/play-examples';
import type { Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import type { Problem } from '../fail.ts';

/**
 * Plays the examples of a document. Nothing leaves the process, and nothing is stored.
 * @returns what is wrong with the document, or what became of each of its examples
 */
export async function playExamples(
  definition: unknown,
): Promise<{ problems: Problem[]; examples: PlayedExample[] }> {
  const problems = validateConnector(definition, 'save');
  return { problems, examples: problems.length > 0 ? [] : await play(definition as Connector) };
}

/** Problems of examples that do not tell the truth, for a version that shall be published. */
export async function checkExamples(connector: Connector): Promise<Problem[]> {
  return (await play(connector))
    .filter(({ ok }) => !ok)
    .slice(0, 50)
    .map(({ path, title, faults }) => ({
      path,
      code: 'example_differs',
      message: `“${title}” does not come out as it says: ${faults.slice(0, 3).join(' ')}`,
    }));
}
