import type { CheckOptions } from './check-template.ts';

/** What a workflow's templates may name; add `steps` (ids that come before) and `item` where they apply. */
export const workflowScope = {
  roots: ['trigger', 'steps', 'vars', 'run'],
  members: { trigger: ['output'], steps: ['output'] },
} as const satisfies CheckOptions;
