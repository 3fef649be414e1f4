const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID in the one spelling we give out: lower case with hyphens. */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && form.test(value);
