/** What a document says the service calls: `webhooks`, `x-webhooks` of older versions, and `callbacks` of operations. */
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { hashDocument } from '../hash-document.ts';
import type { Operation } from './list-operations.ts';
import { keyFrom } from './name-actions.ts';
import { follow, membersOf, type Source } from './source.ts';

export type Webhook = {
  key: string;
  /** As the document calls it. */
  name: string;
  /** How it is called in lists and warnings. */
  label: string;
  operation: JsonObject;
  pathItem: JsonObject;
};

const methods = ['post', 'put', 'patch', 'delete', 'get', 'query'];

export function listWebhooks(source: Source, operations: readonly Operation[]): Webhook[] {
  const found: Omit<Webhook, 'key'>[] = [];
  const add = (name: string, label: string, item: unknown) => {
    const pathItem = follow(source, item as JsonObject);
    const given = methods.flatMap((method) => {
      const operation = pathItem && isJsonObject(pathItem[method]) ? pathItem[method] : null;
      return operation ? [{ method, operation }] : [];
    });
    for (const { method, operation } of given)
      found.push({
        name: given.length === 1 ? name : `${name} ${method}`,
        label: given.length === 1 ? label : `${label} ${method.toUpperCase()}`,
        operation,
        pathItem: pathItem!,
      });
  };
  const { document } = source;
  for (const part of ['webhooks', 'x-webhooks'])
    for (const [name, item] of membersOf(document[part])) add(name, `webhook ${name}`, item);
  for (const { operation, operationId, label } of operations)
    for (const [name, value] of membersOf(operation['callbacks'])) {
      const items = membersOf(follow(source, value) ?? undefined).filter(([key]) => !key.startsWith('x-'));
      for (const [index, [, item]] of items.entries()) {
        const own = `${operationId ?? label} ${name}${items.length === 1 ? '' : ` ${index + 1}`}`;
        add(own, `callback ${name} of ${label}`, item);
      }
    }
  const byKey = Map.groupBy(found, ({ name }) => keyFrom(name, 'event'));
  return found.map((webhook) => {
    const key = keyFrom(webhook.name, 'event');
    const isShared = byKey.get(key)!.length > 1;
    return {
      key: isShared ? `${key.slice(0, 57)}-${hashDocument(webhook.label).slice(0, 6)}` : key,
      ...webhook,
    };
  });
}
