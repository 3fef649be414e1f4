import type { InjectionKey } from 'vue';
import type { Problem, Sample } from '../types/api.ts';
import type { Segment } from '../utils/data-path.ts';

/** Where the data of pills comes from: the trigger or one earlier step, with its sample if there is one. */
export type DataSource = { key: string; title: string; icon: string; start: Segment[]; sample?: Sample };

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
