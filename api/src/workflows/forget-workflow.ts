import type { Context } from '../context.ts';

/**
 * Tells every process to forget what it has cached of a workflow. The change is committed by now: if this fails the
 * caches run out within seconds, and the caller must not be told that nothing happened.
 */
export async function forgetWorkflow({ services, log }: Context, id: string): Promise<void> {
  try {
    await services.engine.forget(id);
  } catch (error) {
    log.warn({ workflowId: id, err: error }, 'other processes could not be told of a changed workflow');
  }
}
