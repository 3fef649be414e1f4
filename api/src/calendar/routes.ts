// When a workspace works: time zone, hours of the week and days off. Delays by working hours go by it.
import {
  type Calendar,
  checkCalendar,
  minutesOf,
  nextOpening,
  weekdays,
} from '@weftline/runner/workflow/working-hours';
import { loadCalendar } from '@weftline/runner/runs/load-calendar';
import { z } from 'zod';
import { type Route, defineRoute } from '../define-route.ts';
import { invalidInput } from '../fail.ts';
import { instant, paramsOf } from '../schema.ts';

const hours = z
  .array(
    z.strictObject({
      from: z.string().max(5).describe('As 09:00.'),
      to: z.string().max(5).describe('As 17:00; 24:00 ends the day.'),
    }),
  )
  .max(12);
const week = z.strictObject({
  sunday: hours.optional(),
  monday: hours.optional(),
  tuesday: hours.optional(),
  wednesday: hours.optional(),
  thursday: hours.optional(),
  friday: hours.optional(),
  saturday: hours.optional(),
});
const body = z.strictObject({
  timezone: z.string().max(64).describe('IANA name, as Europe/Berlin.'),
  week: week.describe('Opening hours by weekday; a day that is absent is closed.'),
  holidays: z.array(z.string().max(10)).max(400).describe('Dates on which nothing is open, as 2026-12-25.'),
});
const calendar = body.extend({
  nextOpening: instant.nullable().describe('Now where it is open; null: never within a year.'),
});

const base = '/tenants/{tenantId}/calendar';

/** In the order of the week and of the clock, so that the same calendar is the same text. */
function orderCalendar({ timezone, week: given, holidays }: z.infer<typeof body>): Calendar {
  const open = weekdays.flatMap((day) => {
    const list = given[day] ?? [];
    const ordered = list.toSorted((one, other) => minutesOf(one.from) - minutesOf(other.from));
    return list.length === 0 ? [] : [[day, ordered] as const];
  });
  return { timezone, week: Object.fromEntries(open), holidays: [...new Set(holidays)].toSorted() };
}

const present = (kept: Calendar, nowMs: number) => {
  const opening = nextOpening(kept, nowMs);
  return { ...kept, nextOpening: opening === null ? null : new Date(opening).toISOString() };
};

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'readCalendar',
      summary: 'When the workspace works',
      description: 'Monday to Friday from 9 to 17 in UTC until somebody says something else.',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      responses: { 200: { description: 'The calendar.', schema: calendar } },
    },
    async ({ context }) => {
      const kept = await context.read((tx) => loadCalendar(tx, context.tenantId));
      return { status: 200, body: present(kept, context.services.clock().getTime()) };
    },
  ),
  defineRoute(
    {
      method: 'put',
      path: base,
      operationId: 'setCalendar',
      summary: 'Say when the workspace works',
      description: 'Delays that wait already keep their instant.',
      access: 'workspace.change',
      params: paramsOf('tenantId'),
      body,
      example: {
        body: {
          timezone: 'Europe/Berlin',
          week: { monday: [{ from: '09:00', to: '17:00' }] },
          holidays: ['2026-12-25'],
        },
      },
      responses: { 200: { description: 'Set.', schema: calendar } },
    },
    async ({ context, body: given }) => {
      const { tenantId } = context;
      const ordered = orderCalendar(given);
      const problems = checkCalendar(ordered);
      if (problems.length > 0) throw invalidInput(problems, 'The calendar cannot be kept like this.');
      const data = { calendar: JSON.stringify(ordered), updatedAt: new Date() };
      await context.change(
        { action: 'calendar.set', subject: `tenant:${tenantId}`, details: { timezone: ordered.timezone } },
        async (tx) => {
          const { count } = await tx.calendar.updateMany({ where: { tenantId }, data });
          if (count === 0) await tx.calendar.createMany({ data: [{ tenantId, ...data }] });
        },
      );
      return { status: 200, body: present(ordered, context.services.clock().getTime()) };
    },
  ),
];
