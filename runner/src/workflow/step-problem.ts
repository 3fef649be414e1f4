// What checks of a workflow answer with, and what they may look up.
import type { Problem } from '@weftline/connectors/problem';
import type { Json } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import type { Calendar } from './working-hours.ts';

/** One fault, with the step it belongs to where it has one. */
export type StepProblem = Problem & {
  stepId?: string;
  /** Of code: where in the source, counted from 1. */
  line?: number;
  column?: number;
};

export type CheckServices = {
  /** A published app version that the tenant may use; null when there is none. */
  findApp(key: string, version: string): Connector | null;
  /** The workspace's named values as they are now; absent: what reads them is not resolved. */
  vars?: { [name: string]: Json };
  /** When the workspace works; absent: not known here. */
  calendar?: Calendar;
  /** Another workflow of the tenant; null when there is none. Absent: there are none. */
  findWorkflow?(id: string): { name: string; isPublished: boolean; isSelf: boolean } | null;
};
