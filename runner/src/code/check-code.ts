// The syntax of code steps, read by the engine that will run them and run by nobody.
import { createHash } from 'node:crypto';
import type { StepProblem } from '../workflow/step-problem.ts';
import type { CodeAnswer, CodePool } from './code-pool.ts';

type Found = { path: string; stepId: string; source: string };

/** Code steps of a document that may be unfinished, those in loops too. */
function findCode(steps: unknown, path: string): Found[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap(
    (step: { kind?: unknown; id?: unknown; source?: unknown; steps?: unknown } | null, index) => {
      const place = `${path}/${index}`;
      const inner = findCode(step?.steps, `${place}/steps`);
      return step?.kind === 'code' && typeof step.source === 'string' && typeof step.id === 'string'
        ? [{ path: `${place}/source`, stepId: step.id, source: step.source }, ...inner]
        : inner;
    },
  );
}

const mostKept = 500;

/**
 * Answers a function that finds what is wrong with the code of a document, with line and column. What was read once for a
 * tenant is not read again. A source that the pool cannot read now is a problem too: nothing unread is published.
 */
export function codeChecker(pool: Pick<CodePool, 'run'>) {
  const kept = new Map<string, Fault | null>();
  async function faultOf(tenantId: string, source: string): Promise<Fault | null> {
    const key = `${tenantId} ${createHash('sha256').update(source).digest('base64')}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const answer = await pool.run(tenantId, { kind: 'check', source });
    if (!answer.ok && ['crashed', 'full', 'cancelled', 'time'].includes(answer.fault))
      return { message: `The code could not be read just now. Try again in a moment. (${answer.message})` };
    const fault = answer.ok ? null : tell(answer);
    kept.set(key, fault);
    if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
    return fault;
  }
  return async (tenantId: string, definition: unknown): Promise<StepProblem[]> => {
    const found = findCode((definition as { steps?: unknown } | null)?.steps, '/steps').slice(0, mostKept);
    const faults = await Promise.all(found.map(({ source }) => faultOf(tenantId, source)));
    return found.flatMap(({ path, stepId }, index) => {
      const fault = faults[index]!;
      return fault === null ? [] : [{ path, code: 'invalid_code', stepId, ...fault }];
    });
  };
}

type Fault = Pick<StepProblem, 'message' | 'line' | 'column'>;

function tell({ message, line, column }: Extract<CodeAnswer, { ok: false }>): Fault {
  const place = line === null ? '' : ` in line ${line}${column === null ? '' : `, column ${column}`}`;
  return {
    message: `The code cannot be read${place}: ${message}`,
    ...(line === null ? {} : { line }),
    ...(column === null ? {} : { column }),
  };
}
