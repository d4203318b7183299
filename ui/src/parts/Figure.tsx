/** An amount, a count, an instant: written as the person at this machine wants them written. */
import { decimal, formatDecimal } from "../format/decimal";
import { formatDay, formatInstant } from "../format/instant";
import { useLocale, useSettings } from "../settings";

interface AmountProps {
  /** The canonical decimal that the host sent. */
  readonly value: string;
  /** Decimals of the column; those of the value where they are not told. */
  readonly decimals?: number;
  /** How a zero is written; reports write a dash. */
  readonly zero?: "digits" | "dash";
  /** Whether a positive amount has its sign, in columns of differences. */
  readonly signed?: boolean;
}

/** An amount of money or units; the unit stands in the header of its column. */
export function Amount({ value, decimals, zero = "digits", signed = false }: AmountProps) {
  const { settings } = useSettings();
  const locale = useLocale();
  const point = value.indexOf(".");
  const text = formatDecimal(decimal(value), {
    locale,
    decimals: decimals ?? (point < 0 ? 0 : value.length - point - 1),
    negative: settings.negative,
    zero,
    positive: signed ? "signed" : "plain",
  });
  return <>{text}</>;
}

/** A whole number of things. */
export function Count({ value }: { readonly value: string }) {
  const locale = useLocale();
  return <>{formatDecimal(decimal(value), { locale, decimals: 0 })}</>;
}

interface MomentProps {
  readonly at: string;
  readonly zone: string;
  readonly precision?: "day" | "minute" | "second";
}

/** An instant, in the time zone of the books. */
export function Moment({ at, zone, precision = "minute" }: MomentProps) {
  const locale = useLocale();
  return <time dateTime={at}>{formatInstant(at, { locale, zone, precision })}</time>;
}

/** A day of the books. */
export function Day({ day }: { readonly day: string }) {
  const locale = useLocale();
  return <time dateTime={day}>{formatDay(day, locale)}</time>;
}
