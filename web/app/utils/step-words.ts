/** How steps and their problems are named on the screen. */
import type { Json, Problem, Samples, Step } from '../types/api.ts';

export function stepTitle(step: Step, actionName: string | undefined, t: (key: string) => string): string {
  if (step.name) return step.name;
  return step.kind === 'action' ? (actionName ?? step.id) : t(`editor.kind.${step.kind}`);
}

/** Problems of one step, with paths that start inside the step (`/input/url`). */
export function problemsOfStep(
  problems: readonly Problem[] | undefined,
  steps: readonly Step[],
  id: string,
): Problem[] {
  return (problems ?? []).flatMap((problem) => {
    const found = /^\/(?:definition\/)?steps\/(\d+)((?:\/steps\/\d+)*)(\/.*)?$/.exec(problem.path);
    const owner = problem.stepId ?? (found ? steps[Number(found[1])]?.id : undefined);
    return owner === id ? [{ ...problem, path: found?.[3] ?? '' }] : [];
  });
}

/** Problems that belong to no step: the trigger, settings, the whole. */
export function problemsOfWorkflow(problems: readonly Problem[] | undefined): Problem[] {
  return (problems ?? []).filter(
    (problem) => !problem.stepId && !/^\/(?:definition\/)?steps\/\d+/.test(problem.path),
  );
}

/** The values of the samples without their origin, as tests take them: `{trigger, steps: {id: value}}`. */
export function valuesOf(samples: Samples): { trigger: Json; steps: { [id: string]: Json } } {
  const { trigger, ...steps } = samples;
  return {
    trigger: trigger?.value ?? null,
    steps: Object.fromEntries(Object.entries(steps).map(([id, sample]) => [id, sample.value])),
  };
}
