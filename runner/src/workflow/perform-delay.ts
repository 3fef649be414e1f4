// A step that lets time pass: so many seconds, until an instant, or by the working hours of the workspace. Pure.
import { evaluateValue, ExpressionError, type Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import { quote } from '@weftline/connectors/problem';
import type { EventBody } from '../journal/events.ts';
import type { DelayStep } from './types.ts';
import { addWorkingTime, type Calendar, nextOpening } from './working-hours.ts';

const longestDelayMs = 366 * 24 * 3600 * 1000;

const earliestMs = -8.64e15; // the first instant that a Date can hold

/** ISO 8601; an instant without an offset is UTC, so that it does not depend on where the server stands. */
function instantOf(given: Json): number {
  const parts =
    typeof given === 'string'
      ? /^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?\s*$/i.exec(
          given,
        )
      : null;
  return parts
    ? Date.parse(`${parts[1]}T${parts[2] ?? '00:00'}${parts[3]?.toUpperCase() ?? 'Z'}`)
    : Number.NaN;
}

function secondsOf(given: Json): number {
  if (typeof given === 'string' && given.trim() !== '') return Number(given);
  return typeof given === 'number' ? given : Number.NaN;
}

/** The instant at which so much working time has gone by; without seconds the next opening. */
function workingUntil(step: DelayStep, scope: Scope, nowMs: number, calendar: Calendar): number {
  const given = evaluateValue(step.seconds ?? 0, scope, { missing: 'fail' }) ?? null;
  const seconds = secondsOf(given);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new ExpressionError('bad_value', `A delay needs a number of seconds, not ${quote(given)}.`);
  const until = addWorkingTime(calendar, nowMs, seconds);
  if (until !== null) return until;
  throw new ExpressionError(
    'bad_value',
    nextOpening(calendar, nowMs) === null
      ? 'The calendar of the workspace has no working hours within a year.'
      : `There are not so many working hours within a year: ${seconds} seconds.`,
  );
}

function untilOf(step: DelayStep, scope: Scope, nowMs: number, calendar: Calendar): number {
  if (step.workingHours) return workingUntil(step, scope, nowMs, calendar);
  const given = evaluateValue(step.until ?? step.seconds ?? null, scope, { missing: 'fail' }) ?? null;
  const until = step.until === undefined ? nowMs + secondsOf(given) * 1000 : instantOf(given);
  if (!Number.isFinite(until))
    throw new ExpressionError(
      'bad_value',
      step.until === undefined
        ? `A delay needs a number of seconds, not ${quote(given)}.`
        : `A delay needs an instant such as 2026-01-31T09:00:00Z, not ${quote(given)}.`,
    );
  if (until - nowMs > longestDelayMs)
    throw new ExpressionError('bad_value', 'A delay may last a year at most.');
  return Math.max(until, earliestMs);
}

function whyWaiting(step: DelayStep, untilMs: number, { timezone }: Calendar): string {
  const until = new Date(untilMs).toISOString();
  if (!step.workingHours) return `Waits until ${until}.`;
  return step.seconds === undefined
    ? `Waits for working hours (${timezone}), which begin at ${until}.`
    : `Waits until so much working time (${timezone}) has gone by, at ${until}.`;
}

/**
 * The entry of a delay: done, or waiting until an instant that no later change of the calendar moves.
 * Throws ExpressionError when it names no time, or none within a year.
 */
export function performDelay(
  step: DelayStep,
  scope: Scope,
  nowMs: number,
  waitedUntilMs: number | null,
  calendar: Calendar,
): EventBody {
  const done = (untilMs: number, why: string): EventBody => ({
    type: 'StepCompleted',
    step: step.id,
    payload: { output: { until: new Date(untilMs).toISOString() }, why },
  });
  if (waitedUntilMs !== null) return done(waitedUntilMs, 'Waited as told.');
  const untilMs = untilOf(step, scope, nowMs, calendar);
  if (untilMs <= nowMs)
    return done(untilMs, step.workingHours ? 'It is within working hours.' : 'The time had already come.');
  return {
    type: 'StepWaiting',
    step: step.id,
    payload: { untilMs, why: whyWaiting(step, untilMs, calendar) },
  };
}
