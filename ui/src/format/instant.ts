/**
 * Instants, days and months for people.
 *
 * The host sends instants in UTC (`2026-03-31T22:00:00.000001Z`); the legal entity's time zone decides
 * which day and hour they are, never the machine's. Days and months that belong to the books arrive as
 * `2026-03-31` and `2026-03`, already decided, and are only written out here.
 */

export interface InstantStyle {
  readonly locale: string;
  /** IANA name of the legal entity's time zone, `Europe/Amsterdam`. */
  readonly zone: string;
  /** `time` is the hour of the day alone, to the second: for an instant of today. */
  readonly precision: "day" | "minute" | "second" | "time";
  /** `shown` adds the distance from UTC, which tells apart the hour that occurs twice in autumn. */
  readonly offset?: "hidden" | "shown";
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?Z$/;

export function formatInstant(instant: string, style: InstantStyle): string {
  const match = INSTANT.exec(instant);
  if (match === null) {
    throw new TypeError(
      `${JSON.stringify(instant)} is not an instant such as 2026-03-31T22:00:00Z`,
    );
  }
  const [, day = "", hour, minute, second] = match;
  // A Date holds milliseconds; what is shown ends at seconds, so the fraction is left out.
  const at = new Date(`${day}T${hour}:${minute}:${second}Z`);
  checkDay(instant, day, at);
  return dateTimeFormat(style).format(at);
}

/** Writes a day of the books, `2026-03-31`, as the locale writes dates. */
export function formatDay(day: string, locale: string): string {
  return cached(`day ${locale}`, locale, { ...DAY, timeZone: "UTC" }).format(utcDay(day));
}

/** Names a month of the books, `2026-03`: `March 2026`, or `Mar 2026` for column heads. */
export function monthLabel(
  month: string,
  locale: string,
  width: "long" | "short" = "long",
): string {
  if (!/^\d{4}-\d{2}$/.test(month)) {
    throw new TypeError(`${JSON.stringify(month)} is not a month such as 2026-03`);
  }
  const style = { year: "numeric", month: width, timeZone: "UTC" } as const;
  return cached(`month ${width} ${locale}`, locale, style).format(utcDay(`${month}-01`));
}

const DAY = { year: "numeric", month: "short", day: "numeric" } as const;
const MINUTE = { ...DAY, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const SECOND = { ...MINUTE, second: "2-digit" } as const;
const TIME = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
} as const;
const PRECISIONS = { day: DAY, minute: MINUTE, second: SECOND, time: TIME } as const;

const formats = new Map<string, Intl.DateTimeFormat>();

function dateTimeFormat(style: InstantStyle): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions = {
    ...PRECISIONS[style.precision],
    timeZone: style.zone,
  };
  if (style.offset === "shown") {
    options.timeZoneName = "shortOffset";
  }
  return cached(
    [style.precision, style.offset, style.zone, style.locale].join(" "),
    style.locale,
    options,
  );
}

function cached(
  key: string,
  locale: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

function utcDay(day: string): Date {
  const at = new Date(`${day}T00:00:00Z`);
  checkDay(day, day, at);
  return at;
}

/** A Date turns 30 February into 2 March without a word; a day that does not exist is an error. */
function checkDay(text: string, day: string, at: Date): void {
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== day) {
    throw new TypeError(`${JSON.stringify(text)} names a day or an hour that does not exist`);
  }
}
