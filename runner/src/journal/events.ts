// The typed entries of the journal. The journal is the truth about a run; everything else is derived from it.
import type { Json } from '@weftline/connectors/json';
import type { ParentStep, StartedRun, StepFailure } from '../workflow/types.ts';

/** A loop of a former run: `done` are the places of the items that had ended well, with what was collected of them. */
export type KeptLoop = { items: Json[]; stops: boolean; done: [index: number, value: Json][] };

export type EventBody =
  | {
      type: 'WorkflowStarted';
      step: null;
      payload: {
        output: Json;
        kept?: { [stepId: string]: Json };
        /** Steps whose outcome a former run did not learn: they go on under that run's key. */
        keyRuns?: { [stepId: string]: string };
        chain?: string[];
        parent?: ParentStep;
        /** Loops that go on where a former run left them, by address: their items and what was collected. */
        loops?: { [address: string]: KeptLoop };
      };
    }
  | {
      type: 'StepDispatched';
      step: string;
      payload: { attempt: number; input: Json; key?: string; resumed?: boolean };
    }
  | {
      type: 'StepCompleted';
      step: string;
      payload: {
        output: Json;
        port?: string;
        why?: string;
        input?: Json;
        request?: Json;
        response?: Json;
        /** What code printed. */
        logs?: string[];
        tookMs?: number;
        kept?: boolean;
        /** The run that the step has started and does not wait for. */
        child?: StartedRun;
      };
    }
  /** `retryInMs`: it will be tried again that long after this entry. `lasting`: the step ended with this. */
  | {
      type: 'StepFailed';
      step: string;
      payload: {
        attempt: number;
        error: StepFailure;
        retryInMs?: number;
        input?: Json;
        request?: Json;
        response?: Json;
        logs?: string[];
        tookMs?: number;
      };
    }
  | { type: 'StepSkipped'; step: string; payload: { why: string; through?: boolean } }
  /** `attempt`: the one that was dispatched and not made, because the limit of its service is used up; it does not count. */
  | { type: 'StepWaiting'; step: string; payload: { untilMs: number; why: string; attempt?: number } }
  /** Nobody knows whether it happened, and a person is asked. */
  | { type: 'StepUnknown'; step: string; payload: { attempt: number; why: string; request?: Json } }
  /** Nobody knows whether it happened, and the action's own probe is asked first. */
  | { type: 'StepDoubted'; step: string; payload: { attempt: number; why: string; request?: Json } }
  | { type: 'ProbeDispatched'; step: string; payload: { action: string; input: Json } }
  /** `found` null: the probe itself failed. The entry after it says what became of the step. */
  | {
      type: 'ProbeCompleted';
      step: string;
      payload: {
        found: boolean | null;
        why: string;
        output?: Json;
        request?: Json;
        response?: Json;
        tookMs: number;
      };
    }
  /** Texts in here are clean: no NUL, no half characters (the database reads them). `untilMs` lies a moment after the expiry. */
  | {
      type: 'ApprovalRequested';
      step: string;
      payload: {
        title: string;
        message: string | null;
        approvers: string[];
        /** Not by who started the run. */
        fourEyes?: true;
        /** SHA-256 of the token of its link, in hex. */
        linkHash?: string;
        expiresAtMs: number | null;
        untilMs: number | null;
        why: string;
      };
    }
  | {
      type: 'ApprovalApplied';
      step: string;
      payload: { decision: 'approved' | 'rejected'; by: string; note: string | null; decidedAt: string };
    }
  | { type: 'ApprovalExpired'; step: string; payload: { why: string } }
  /** A step waits for one call of its own address; `key` is the end of it. */
  | {
      type: 'HookAwaited';
      step: string;
      payload: { url: string; key: string; expiresAtMs: number; untilMs: number; why: string };
    }
  | { type: 'HookReceived'; step: string; payload: { output: Json; at: string } }
  | { type: 'HookExpired'; step: string; payload: { error: StepFailure } }
  /** A step waits for the end of a run that it has started. `untilMs` null: as long as it takes. */
  | {
      type: 'ChildAwaited';
      step: string;
      payload: StartedRun & { expiresAtMs: number | null; untilMs: number | null; why: string };
    }
  | {
      type: 'ChildEnded';
      step: string;
      payload:
        | { runId: string; status: 'succeeded'; output: Json }
        | { runId: string; status: 'failed' | 'cancelled'; error: StepFailure };
    }
  | { type: 'ChildExpired'; step: string; payload: { error: StepFailure } }
  /** A person has said whether it happened. `happened`: the step is done with this output. `again`: sent once more, same key. */
  | {
      type: 'StepSettled';
      step: string;
      payload: { by: string; decision: 'happened' | 'again'; output?: Json; decidedAt: string };
    }
  /** A loop begins over these items; `stops`: the first item that fails ends it. Steps of an iteration stand at `loop[index].step`. */
  | { type: 'LoopStarted'; step: string; payload: { items: Json[]; stops: boolean } }
  /** At `loop[index]`. `of`: the output of that step of the body is what is collected; it stands in the journal already. */
  | { type: 'IterationCompleted'; step: string; payload: { value: Json } | { of: string } }
  /** At `loop[index]`. `stops`: the loop cannot go on either. */
  | { type: 'IterationFailed'; step: string; payload: { error: StepFailure; stops?: boolean } }
  /** The output is what was collected. */
  | { type: 'LoopCompleted'; step: string; payload: { why: string } }
  | { type: 'LoopFailed'; step: string; payload: { error: StepFailure; index: number } }
  /** `output`: there where the workflow says what it is, or somebody waits for it. */
  | { type: 'WorkflowSucceeded'; step: null; payload: { why?: string; output?: Json } }
  | { type: 'WorkflowFailed'; step: null; payload: { code: string; message: string; stepId?: string } }
  | { type: 'ExecutionAborted'; step: null; payload: { by: string } };

export type EventType = EventBody['type'];

/** An entry as it was read: with its place and the database's time. */
export type RecordedEvent = EventBody & { seq: number; atMs: number };
