// The trigger of an app against the app it uses: it exists, its connection is chosen, its input is there and fits. Pure.
import { findTrigger } from '@weftline/connectors/find-action';
import type { Json } from '@weftline/connectors/json';
import type { Problem } from '@weftline/connectors/problem';
import { triggerInputSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { JsonSchema, Trigger } from '@weftline/connectors/types';
import { checkFields } from './check-fields.ts';
import { checkConnection, findUsed } from './check-use.ts';
import { checkTriggerExpressions, completeTriggerInput, readsVariables } from './resolve-trigger-input.ts';
import type { CheckServices } from './step-problem.ts';
import type { AppTriggerDefinition, WorkflowDefinition } from './types.ts';

const path = '/trigger';

function checkInput(trigger: AppTriggerDefinition, schema: JsonSchema, { vars }: CheckServices): Problem[] {
  const input: { [name: string]: Json } = trigger.input ?? {};
  const faults = checkTriggerExpressions(input, `${path}/input`);
  // Without the workspace at hand nobody knows what a variable gives.
  if (faults.length > 0 || (vars === undefined && readsVariables(input))) return faults;
  const completed = completeTriggerInput(schema, input, vars ?? {});
  return completed.ok
    ? []
    : completed.problems.map((problem) => ({ ...problem, path: `${path}/input${problem.path}` }));
}

function checkRhythm({ everySeconds }: AppTriggerDefinition, { poll }: Trigger, app: string): Problem[] {
  if (everySeconds === undefined) return [];
  const at = `${path}/everySeconds`;
  if (!poll)
    return [
      {
        path: at,
        code: 'unknown_key',
        message: `${app} tells us by itself; there is no interval to choose. Take it out.`,
      },
    ];
  return everySeconds * 1000 < poll.minIntervalMs
    ? [
        {
          path: at,
          code: 'too_often',
          message: `${app} may be asked every ${Math.ceil(poll.minIntervalMs / 1000)} seconds at most.`,
        },
      ]
    : [];
}

/** Problems of a trigger of an app: its `use`, connection, input against the trigger's schema, and how often it asks. */
export function checkTriggerUse(
  trigger: AppTriggerDefinition,
  definition: WorkflowDefinition,
  services: CheckServices,
): Problem[] {
  const used = findUsed(trigger.use, path, services, 'app@version#trigger, as in github@1.2.0#issue-opened');
  if ('problems' in used) return used.problems;
  const { connector, key } = used;
  const found = findTrigger(connector, key);
  if (!found) {
    const known = (connector.triggers ?? []).map((one) => one.key);
    const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    const message = `${connector.app.key} ${connector.version} has no trigger "${key}"; ${has}.`;
    return [{ path: `${path}/use`, code: 'unknown_trigger', message }];
  }
  const schema = triggerInputSchemaOf(connector, found);
  return [
    ...checkConnection(trigger, path, definition, connector),
    ...checkInput(trigger, schema, services),
    ...checkFields(trigger, path, schema, found.name),
    ...checkRhythm(trigger, found, connector.app.name),
  ];
}
