// When a schedule fires next. Computed by croner, except around clock changes, where our own rule decides:
// docs/decisions.md says why. Preview and firing use this one function.
import { Cron } from 'croner';

const shape = /^\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$/;

function parse(cron: string, timezone: string): Cron {
  if (!shape.test(cron))
    throw new RangeError(
      'A schedule has five fields: minute, hour, day of the month, month, day of the week.',
    );
  return new Cron(cron.trim(), { timezone, paused: true, mode: '5-part', domAndDow: false });
}

/** What is wrong with a schedule, as a sentence; null when it is right. */
export function checkCron(cron: string, timezone: string): string | null {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    return `"${timezone}" is no time zone. Use a name such as Europe/Berlin.`;
  }
  try {
    return parse(cron, timezone).nextRun() ? null : 'This schedule never fires.';
  } catch (error) {
    return `"${cron}" is no schedule: ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'not readable'}.`;
  }
}

/** The first instant after `after` at which the schedule fires, or null when there is none. Throws on a faulty schedule. */
export function nextFire(cron: string, timezone: string, after: Date): Date | null {
  return parse(cron, timezone).nextRun(after);
}
