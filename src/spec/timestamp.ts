/** Timestamps as Keptn reads and writes them. @module */

/** An instant together with the offset that its text was written with. */
export interface Timestamp {
  /** Milliseconds since 1970, rounded down. */
  readonly epochMillis: number;
  /** What the rounding left, 0 … 999999. */
  readonly nanos: number;
  /** Of the text, in milliseconds east of UTC. */
  readonly offsetMillis: number;
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|([+-])(\d{2}):(\d{2}))?$/;
const DAY = 86_400_000;

/**
 * Reads RFC 3339, also without an offset, which then is UTC; undefined for anything else.
 *
 * Upper-case `T` and `Z`, seconds required, a fraction with point or comma, the calendar checked
 * (Keptn: lighthouse.md 8.2).
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const parts = RFC3339.exec(text);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = Number((parts[7] ?? "").slice(0, 9).padEnd(9, "0"));
  const offsetMinutes = Number(parts[10] ?? 0) * 60 + Number(parts[11] ?? 0);
  const offsetMillis = (parts[9] === "-" ? -offsetMinutes : offsetMinutes) * 60_000;
  const local =
    daysSince1970(year, month, day) * DAY +
    hour * 3_600_000 +
    minute * 60_000 +
    second * 1_000 +
    Math.floor(fraction / 1e6);
  return { epochMillis: local - offsetMillis, nanos: fraction % 1e6, offsetMillis };
}

/**
 * `YYYY-MM-DDTHH:MM:SS.mmmZ`.
 *
 * The digits are local to the offset although a `Z` follows: Keptn's habit, which its clients expect.
 */
export function formatTimestamp({ epochMillis, offsetMillis }: Timestamp): string {
  const local = epochMillis + offsetMillis;
  const days = Math.floor(local / DAY);
  const rest = local - days * DAY;
  const { year, month, day } = civil(days);
  const hour = Math.floor(rest / 3_600_000);
  const minute = Math.floor(rest / 60_000) % 60;
  const second = Math.floor(rest / 1_000) % 60;
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return `${date}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(rest % 1_000, 3)}Z`;
}

/** An instant that lies some milliseconds later, which may have a fraction down to nanoseconds. */
export function later(timestamp: Timestamp, milliseconds: number): Timestamp {
  const whole = Math.floor(milliseconds);
  const nanos = timestamp.nanos + Math.round((milliseconds - whole) * 1e6);
  const carry = Math.floor(nanos / 1e6);
  return {
    ...timestamp,
    epochMillis: timestamp.epochMillis + whole + carry,
    nanos: nanos - carry * 1e6,
  };
}

/** The instant of a clock that counts milliseconds, in UTC. */
export function timestampAt(epochMillis: number): Timestamp {
  return { epochMillis, nanos: 0, offsetMillis: 0 };
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

/** Days of the proleptic Gregorian calendar; years begin in March here, so that leap days come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The inverse of {@link daysSince1970}. */
function civil(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
