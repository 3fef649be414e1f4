// How far a time zone's clock is from UTC, and when it is changed. From the IANA rules that Node carries (ICU).

export type ZoneClock = {
  /** Local time minus UTC in ms at the UTC midnight that begins day `day` (days since 1970). */
  offsetAtMidnight(day: number): number;
  /** The first instant, in ms, after UTC midnight `fromDay` and up to `toDay` at which the offset is another; null: none. */
  findChange(fromDay: number, toDay: number): number | null;
};

export const dayMs = 86_400_000;
const mostKnownDays = 8_000;
const mostZones = 1_000;
const zones = new Map<string, ZoneClock>();

function openZone(timezone: string): ZoneClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsetAt = (instantMs: number): number => {
    const part: { [type: string]: number } = {};
    for (const { type, value } of format.formatToParts(instantMs)) part[type] = Number(value);
    return (
      Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second) -
      Math.floor(instantMs / 1000) * 1000
    );
  };
  const known = new Map<number, number>();
  const offsetAtMidnight = (day: number): number => {
    let offset = known.get(day);
    if (offset === undefined) {
      if (known.size >= mostKnownDays) known.clear();
      known.set(day, (offset = offsetAt(day * dayMs)));
    }
    return offset;
  };
  const changes = new Map<number, number>();
  /** The change between two midnights, to the second. */
  const changeOn = (day: number): number => {
    const remembered = changes.get(day);
    if (remembered !== undefined) return remembered;
    const before = offsetAtMidnight(day);
    let [same, changed] = [day * dayMs, (day + 1) * dayMs];
    while (changed - same > 1000) {
      const middle = Math.floor((same + changed) / 2000) * 1000;
      if (offsetAt(middle) === before) same = middle;
      else changed = middle;
    }
    if (changes.size >= mostKnownDays) changes.clear();
    changes.set(day, changed);
    return changed;
  };
  return {
    offsetAtMidnight,
    findChange(fromDay, toDay) {
      for (let day = fromDay; day < toDay; day += 1)
        if (offsetAtMidnight(day + 1) !== offsetAtMidnight(day)) return changeOn(day);
      return null;
    },
  };
}

/** The clock of an IANA time zone, kept in memory. Throws RangeError when there is none of that name. */
export function zoneClock(timezone: string): ZoneClock {
  let zone = zones.get(timezone);
  if (!zone) {
    // Bare offsets such as +02:00 are no places: they know no clock changes.
    if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(timezone)) throw new RangeError('no time zone');
    zone = openZone(timezone);
    if (zones.size >= mostZones) zones.clear();
    zones.set(timezone, zone);
  }
  return zone;
}
