import type { InjectionKey } from 'vue';
import type { Connector, Fields, Problem, Sample, Schema } from '../types/api.ts';
import type { Segment } from '../utils/data-path.ts';

/** Where the data of pills comes from: the trigger or one earlier step, with its sample if there is one. */
export type DataSource = { key: string; title: string; icon: string; start: Segment[]; sample?: Sample };

/** A form of an app: where the choices and fields of its inputs are asked for. */
export type RemoteForm = {
  /** False for who may only look: nothing is asked and nothing is kept. */
  active: Ref<boolean>;
  definition: Ref<Connector | undefined>;
  schema: Ref<Schema | null>;
  /** Everything that is filled in, with pills as they are. */
  input: Ref<Fields>;
  connectionId: Ref<string | null>;
  /** Path of the app and its version; a draft is saved before. */
  locate: () => Promise<{ path: string; version: string }>;
  /** Schemas of fields that were found, by their place in the input. */
  kept: Ref<{ [place: string]: Schema }>;
  keep: (place: string, schema: Schema) => void;
};

/**
 * What the fields of a form share. `template`: texts may hold pills, and are evaluated on `scope` for the live preview;
 * `plain`: values are taken as they are typed.
 */
export type FieldsContext = {
  mode: 'plain' | 'template';
  sources: Ref<DataSource[]>;
  scope: Ref<PreviewScope>;
  problems: Ref<Problem[]>;
  disabled?: Ref<boolean>;
  remote?: RemoteForm;
};

const key: InjectionKey<FieldsContext> = Symbol('fields');

export function provideFieldsContext(context: FieldsContext): void {
  provide(key, context);
}

export function useFieldsContext(): FieldsContext {
  return inject(
    key,
    () => ({ mode: 'plain' as const, sources: ref([]), scope: ref({}), problems: ref([]) }),
    true,
  );
}
