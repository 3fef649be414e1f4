// Schemas that many routes share.
import { z } from 'zod';
import { roles } from './access.ts';
import { isUuid } from './is-uuid.ts';

/** An id of ours. */
export const id = z
  .string()
  .refine(isUuid, { message: 'must be an id (a UUID in lower case)' })
  .meta({ format: 'uuid' });

/** Parameters of a path: `paramsOf('tenantId', 'workflowId')`, ids all of them. */
export const paramsOf = <const Names extends readonly string[]>(...names: Names) =>
  z.object(Object.fromEntries(names.map((name) => [name, id])) as { [name in Names[number]]: typeof id });

/** A name that people see: 1 to 120 characters without control characters. */
export const name = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .refine((text) => !/\p{Cc}/u.test(text), { message: 'must not hold control characters' });

/** ISO 8601 in UTC. */
export const instant = z.iso.datetime();
export const role = z.enum(roles);

export const email = z
  .string()
  .trim()
  .max(254)
  .toLowerCase()
  .pipe(z.email({ message: 'must be an e-mail address' }));

/** New passwords: length is what counts; the upper bound keeps hashing cheap. */
export const newPassword = z.string().min(8, { message: 'must have at least 8 characters' }).max(256);
