// Runs: started by hand, listed, looked into, followed live, cancelled and repeated.
import type { Json } from '@weftline/connectors/json';
import { summarizeRun } from '@weftline/runner/runs/read-run';
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { conflict, notFound } from '../fail.ts';
import { paramsOf } from '../schema.ts';
import { answerAccepted } from './answer-accepted.ts';
import { coverLinks } from './cover-links.ts';
import { listRuns, requireRun } from './find-run.ts';
import * as schema from './schema.ts';
import { settleStep } from './settle-step.ts';
import { startRun } from './start-run.ts';
import { streamRun } from './stream-run.ts';

const base = '/tenants/{tenantId}/runs';
const one = `${base}/{runId}`;
const ids = { 'params.runId': 'run' } as const;
const params = schema.runParams;

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'post',
      path: '/tenants/{tenantId}/workflows/{workflowId}/runs',
      operationId: 'startRun',
      summary: 'Run the published version now',
      access: 'runs.start',
      params: paramsOf('tenantId', 'workflowId'),
      body: schema.startBody,
      ids: { 'params.workflowId': 'workflow' },
      audited: false,
      example: { body: { input: { body: { name: 'Ada' } } } },
      responses: { 202: { description: 'Accepted: the run is stored.', schema: schema.started } },
      errors: ['quota_runs_per_hour', 'conflict', 'connection_not_tested', 'call_cycle'],
    },
    async ({ context, params, body }) =>
      answerAccepted(
        await startRun(context, params.workflowId, (body.input ?? null) as Json),
        context.services.clock(),
      ),
  ),
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'listRuns',
      summary: 'Runs, the newest first',
      description: 'Rows leave out steps and trigger output.',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: schema.listQuery,
      ids: { 'query.workflowId': 'workflow' },
      responses: { 200: { description: 'Runs.', schema: pageOf(schema.runRow) } },
    },
    async ({ context, query }) => {
      const page = openPage(context, query);
      const rows = await context.read((tx) =>
        listRuns(tx, context.tenantId, { ...query, after: page.after, take: page.take }),
      );
      return page.answer(rows, (row) => row.id, summarizeRun);
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: one,
      operationId: 'readRun',
      summary: 'One run with its steps',
      access: 'workspace.read',
      params,
      ids,
      responses: { 200: { description: 'The run.', schema: schema.run } },
    },
    async ({ context, params }) => {
      const run = await context.services.engine.readRun(context.tenantId, params.runId);
      if (run === null) throw notFound('run');
      return { status: 200, body: coverLinks(context, run) };
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: `${one}/events`,
      operationId: 'listRunEvents',
      summary: 'The journal of a run, from its beginning',
      access: 'workspace.read',
      params,
      query: pageQuery,
      ids,
      responses: { 200: { description: 'Journal entries.', schema: pageOf(schema.journalEvent) } },
    },
    async ({ context, params, query }) => {
      const { tenantId } = context;
      const page = openPage<number>(context, query);
      await context.read((tx) => requireRun(tx, tenantId, params.runId));
      const events = await context.services.engine.readEvents(
        tenantId,
        params.runId,
        page.after ?? -1,
        page.take,
      );
      return page.answer(
        events,
        (event) => event.seq,
        (event) => coverLinks(context, event),
      );
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: `${one}/steps/{stepId}/iterations`,
      operationId: 'listIterations',
      summary: 'The items of a loop that have begun, each with its steps',
      description:
        'In the order of the items. A loop in a loop has its place in its id, as in `each[3].inner`. A step that is no loop, or has not begun, has none.',
      access: 'workspace.read',
      params: schema.stepParams,
      query: schema.iterationQuery,
      ids: { ...ids, 'params.stepId': 'local' },
      responses: { 200: { description: 'Iterations.', schema: pageOf(schema.iteration) } },
    },
    async ({ context, params, query }) => {
      const { tenantId, services } = context;
      const page = openPage<number>(context, query);
      await context.read((tx) => requireRun(tx, tenantId, params.runId));
      const iterations = await services.engine.readIterations(tenantId, params.runId, params.stepId, {
        after: page.after ?? -1,
        take: page.take,
        only: query.only,
      });
      return page.answer(
        iterations ?? [],
        (iteration) => iteration.index,
        (iteration) => coverLinks(context, iteration),
      );
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: `${one}/stream`,
      operationId: 'streamRun',
      summary: 'The run as it goes on (server-sent events `run`)',
      description:
        'Each event holds the whole run; its id is the journal’s newest number. Ends after the run has ended.',
      access: 'workspace.read',
      params,
      ids,
      responses: {
        200: { description: 'A stream until the run has ended.', contentType: 'text/event-stream' },
      },
    },
    async ({ context, params }) => streamRun(context, params.runId),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/cancel`,
      operationId: 'cancelRun',
      summary: 'Cancel a run that has not ended',
      description: 'A call that has left is not taken back.',
      access: 'runs.start',
      params,
      ids,
      responses: { 200: { description: 'Cancelled.', schema: z.object({ cancelled: z.boolean() }) } },
      errors: ['conflict'],
    },
    async ({ context, params }) => {
      const { tenantId, services, actor } = context;
      const row = await context.read((tx) => requireRun(tx, tenantId, params.runId));
      if (!(await services.engine.cancel(tenantId, params.runId, actor.name)))
        throw conflict(`The run has ended already${row.status === 'queued' ? '' : ` (${row.status})`}.`);
      await context.change({ action: 'run.cancelled', subject: `run:${params.runId}` }, async () => {});
      return { status: 200, body: { cancelled: true } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/steps/{stepId}/settle`,
      operationId: 'settleStep',
      summary: 'Say whether a step with an unknown outcome happened',
      description:
        'Decided once; the run goes on. 409 when the outcome is not unknown, or somebody decided before (with their decision).',
      access: 'runs.start',
      params: schema.stepParams,
      body: schema.settleBody,
      ids: { ...ids, 'params.stepId': 'local' },
      example: { body: { decision: 'happened', output: { id: 'c_1' } } },
      responses: { 200: { description: 'Decided.', schema: z.object({ settled: z.boolean() }) } },
      errors: ['conflict', 'invalid_input'],
    },
    async ({ context, params, body }) => {
      await settleStep(context, params.runId, params.stepId, {
        decision: body.decision,
        ...(body.output === undefined ? {} : { output: body.output as Json }),
      });
      return { status: 200, body: { settled: true } };
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: `${one}/replay/preview`,
      operationId: 'previewReplay',
      summary: 'What running it again would send again',
      description:
        'Changes nothing. Says which steps are kept, which are done again, and which effects outside happen again, in words.',
      access: 'workspace.read',
      params,
      query: schema.replayChoice,
      ids,
      responses: { 200: { description: 'The preview.', schema: schema.replayPreview } },
      errors: ['invalid_input'],
    },
    async ({ context, params, query }) => {
      const { from, version } = query;
      const preview = await context.services.engine.previewReplay(context.tenantId, params.runId, {
        version,
        ...(from === undefined ? {} : { from }),
      });
      if (preview === null) throw notFound('run');
      return { status: 200, body: coverLinks(context, preview) };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/replay`,
      operationId: 'replayRun',
      summary: 'Run it again, whole or from a step on',
      access: 'runs.start',
      params,
      body: schema.replayChoice,
      ids,
      audited: false,
      example: { body: { version: 'original' } },
      responses: { 202: { description: 'Accepted: a new run.', schema: schema.started } },
      errors: ['quota_runs_per_hour', 'conflict', 'invalid_input'],
    },
    async ({ context, params, body }) => {
      const { tenantId, services, actor } = context;
      const { from, version } = body;
      const accepted = await services.engine.replay(
        tenantId,
        params.runId,
        { version, ...(from === undefined ? {} : { from }) },
        actor.name,
      );
      if (accepted === null) throw notFound('run');
      return answerAccepted(accepted, services.clock());
    },
  ),
];
