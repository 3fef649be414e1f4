// Named values of a workspace, readable in expressions as `vars.<name>`. Not for secrets: those belong into connections.
import { noteVariable } from '@weftline/runner/triggers/follow-variables';
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { assertFound, invalidInput } from '../fail.ts';
import { id, instant, paramsOf } from '../schema.ts';

const mostVariables = 500;
const mostCharacters = 50_000;

const variableName = z.string().regex(/^[a-zA-Z_][A-Za-z0-9_]{0,63}$/);
const variable = z.object({ name: z.string(), value: z.unknown(), updatedAt: instant });
const params = z.object({ tenantId: id, name: variableName });
const base = '/tenants/{tenantId}/variables';
const ids = { 'params.name': 'variable' } as const;

const present = (row: { name: string; value: string; updatedAt: Date }) => ({
  name: row.name,
  value: JSON.parse(row.value) as unknown,
  updatedAt: row.updatedAt.toISOString(),
});

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'listVariables',
      summary: 'Named values, in order of their names',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery,
      responses: { 200: { description: 'Variables.', schema: pageOf(variable) } },
    },
    async ({ context, query }) => {
      const page = openPage(context, query);
      const rows = await context.read((tx) =>
        tx.variable.findMany({
          where: {
            tenantId: context.tenantId,
            ...(page.after === undefined ? {} : { name: { gt: page.after } }),
          },
          orderBy: { name: 'asc' },
          take: page.take,
        }),
      );
      return page.answer(rows, (row) => row.name, present);
    },
  ),
  defineRoute(
    {
      method: 'put',
      path: `${base}/{name}`,
      operationId: 'setVariable',
      summary: 'Set a named value',
      description:
        'Any JSON. Everybody in the workspace can read it: secrets belong into connections. Triggers that read it ask for the new value with their next poll, and register anew at once.',
      access: 'variables.change',
      params,
      body: z.object({ value: z.json() }),
      ids,
      example: { body: { value: 'Ada' } },
      responses: { 200: { description: 'Set.', schema: variable } },
    },
    async ({ context, params, body }) => {
      const { tenantId } = context;
      const { name } = params;
      const value = JSON.stringify(body.value);
      const wrong = (message: string) => invalidInput([{ path: '/value', code: 'too_large', message }]);
      if (value.length > mostCharacters)
        throw wrong(`A value may have ${mostCharacters} characters as JSON.`);
      const updatedAt = new Date();
      await context.change({ action: 'variable.set', subject: `variable:${name}` }, async (tx) => {
        const { count } = await tx.variable.updateMany({
          where: { tenantId, name },
          data: { value, updatedAt },
        });
        await noteVariable(tx, tenantId, name);
        if (count > 0) return;
        if ((await tx.variable.count({ where: { tenantId } })) >= mostVariables)
          throw wrong(`A workspace may have ${mostVariables} variables.`);
        await tx.variable.createMany({ data: [{ tenantId, name, value, updatedAt }] });
      });
      return { status: 200, body: present({ name, value, updatedAt }) };
    },
  ),
  defineRoute(
    {
      method: 'delete',
      path: `${base}/{name}`,
      operationId: 'deleteVariable',
      summary: 'Delete a named value',
      description:
        'Steps that read it fail by its name from then on, and triggers that read it ask no more and say why.',
      access: 'variables.change',
      params,
      ids,
      responses: { 204: { description: 'Deleted.' } },
    },
    async ({ context, params }) => {
      const { tenantId } = context;
      await context.change({ action: 'variable.deleted', subject: `variable:${params.name}` }, async (tx) => {
        const { count } = await tx.variable.deleteMany({ where: { tenantId, name: params.name } });
        assertFound(count, 'variable');
        await noteVariable(tx, tenantId, params.name);
      });
      return { status: 204 };
    },
  ),
];
