// A schedule of five fields as sets of numbers. Strict: what is not plainly POSIX cron with names, lists, ranges and steps is
// refused with a sentence, so that a typo never becomes another schedule.

/** `days` and `weekdays` are null where the field is `*`. */
export type CronSchedule = {
  minutes: readonly number[];
  hours: readonly number[];
  /** The hour field begins with `*`: the schedule follows real time through clock changes. */
  everyHour: boolean;
  days: ReadonlySet<number> | null;
  months: ReadonlySet<number>;
  weekdays: ReadonlySet<number> | null;
};

type Field = { name: string; least: number; most: number; names: readonly string[] };

const monthNames = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const weekdayNames = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const fields: readonly Field[] = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: monthNames },
  { name: 'day of the week', least: 0, most: 7, names: weekdayNames },
];

const fault = (field: Field, message: string): never => {
  throw new RangeError(`The ${field.name} ${message}.`);
};

function readValue(text: string, field: Field): number {
  const named = field.names.indexOf(text.toUpperCase());
  if (named >= 0) return named + field.least;
  if (!/^\d{1,2}$/.test(text)) {
    const names = field.names.length > 0 ? ` or ${field.names[0]} to ${field.names.at(-1)}` : '';
    return fault(field, `cannot be "${text.slice(0, 40)}"; write ${field.least} to ${field.most}${names}`);
  }
  const value = Number(text);
  return value < field.least || value > field.most
    ? fault(field, `is ${field.least} to ${field.most}, not ${value}`)
    : value;
}

/** Adds what one part of a list stands for: `*`, `5`, `1-5`, each with an optional `/step`; `5/20` is 5 to the end. */
function readPart(part: string, field: Field, values: Set<number>): void {
  const [range = '', stepText, more] = part.split('/');
  if (more !== undefined) fault(field, `cannot be "${part.slice(0, 40)}": one "/" at most`);
  if (stepText !== undefined && !/^[1-9]\d?$/.test(stepText))
    fault(field, `has the step "${stepText.slice(0, 40)}"; a step is 1 to 99`);
  const [fromText = '', toText, beyond] = range.split('-');
  if (beyond !== undefined) fault(field, `cannot be "${part.slice(0, 40)}": one "-" at most`);
  let from = field.least;
  let to = field.name === 'day of the week' ? 6 : field.most;
  if (range !== '*') {
    from = readValue(fromText, field);
    if (toText !== undefined) to = readValue(toText, field);
    else if (stepText === undefined) to = from;
    // Friday to Sunday: the week's last day may be written by its name.
    if (toText?.toUpperCase() === 'SUN') to = 7;
  }
  if (to < from) fault(field, `range "${range}" goes backwards; write two ranges with a comma between them`);
  for (let value = from; value <= to; value += Number(stepText ?? 1)) values.add(value);
}

function readField(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) readPart(part, field, values);
  return values;
}

const ascending = (values: ReadonlySet<number>): number[] => [...values].sort((a, b) => a - b);

/** Reads `minute hour day month weekday`. Throws RangeError with a sentence for a person. Source: POSIX crontab. */
export function readCron(cron: string): CronSchedule {
  const texts = cron.replaceAll(/^[ \t]+|[ \t]+$/g, '').split(/[ \t]+/);
  if (texts.length !== 5 || cron.length > 500)
    throw new RangeError(
      'A schedule has five fields: minute, hour, day of the month, month, day of the week.',
    );
  const [minutes, hours, days, months, weekdays] = texts.map((text, index) =>
    readField(text, fields[index]!),
  ) as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>];
  const isOpen = (text: string) => text === '*' || text === '*/1';
  return {
    minutes: ascending(minutes),
    hours: ascending(hours),
    everyHour: texts[1]!.startsWith('*'),
    days: isOpen(texts[2]!) ? null : days,
    months,
    weekdays: isOpen(texts[4]!) ? null : new Set([...weekdays].map((day) => day % 7)),
  };
}

/** Whether the schedule may fire on a date. Both day fields given: either is enough, as POSIX has it. */
export function matchesDate(schedule: CronSchedule, month: number, day: number, weekday: number): boolean {
  const { days, weekdays } = schedule;
  if (!schedule.months.has(month)) return false;
  if (days && weekdays) return days.has(day) || weekdays.has(weekday);
  return days ? days.has(day) : (weekdays?.has(weekday) ?? true);
}
