// What a sentence says as a schedule, and when that fires next: read as the engine reads it, by the function that fires it.
import { checkTimezone, onceAt } from '@weftline/runner/triggers/next-fire';
import {
  longestSentence,
  nextFirings,
  readSentence,
} from '@weftline/runner/triggers/schedule-sentences/read-sentence';
import { z } from 'zod';
import { invalidInput } from '../fail.ts';
import { instant } from '../schema.ts';

export const scheduleBody = z.object({
  text: z.string().max(longestSentence).describe('A sentence in English, or five fields of cron.'),
  timezone: z.string().max(60).describe('Such as Europe/Berlin.'),
  now: instant.optional().describe('Preset: the present.'),
});

export const scheduleAnswer = z.object({
  ok: z.boolean(),
  cron: z.string().optional().describe('For a schedule of again and again.'),
  at: instant.optional().describe('For a schedule of one time.'),
  says: z.string().optional().describe('What was understood.'),
  next: z.array(instant).max(10).optional().describe('The next ten instants, or the one.'),
  error: z
    .object({
      message: z.string(),
      readings: z
        .array(z.string())
        .describe('Of an ambiguous text: sentences that are taken, of which it may mean any.'),
    })
    .optional(),
});

/** @throws CodedError invalid_input for a time zone that there is not */
export function readSchedule(
  { text, timezone, now: given }: z.infer<typeof scheduleBody>,
  clock: Date,
): z.infer<typeof scheduleAnswer> {
  const fault = checkTimezone(timezone);
  if (fault) throw invalidInput([{ path: '/timezone', code: 'invalid_schedule', message: fault }], fault);
  const now = given === undefined ? clock : new Date(given);
  const said = readSentence(text, { timezone, now });
  if (!said.ok) return { ok: false, error: { message: said.message, readings: [...said.readings] } };
  const schedule = said.kind === 'cron' ? said.cron : onceAt(said.at.toISOString());
  return {
    ok: true,
    ...(said.kind === 'cron' ? { cron: said.cron } : { at: said.at.toISOString() }),
    says: said.says,
    next: nextFirings(schedule, timezone, now, 10).map((at) => at.toISOString()),
  };
}
