// What a script gets from `import exec from 'k6/execution'`, as far as this runner knows it.
import { thread } from './thread-state.ts';

const globals = globalThis as { __ITER?: number };

export const vu = {
  idInTest: thread.user,
  get iterationInInstance(): number {
    return globals.__ITER ?? 0;
  },
};

export default { vu };
