/** An amount, a count, an instant: written as the person at this machine wants them written. */
import { decimal, decimalsOf, formatDecimal } from "../format/decimal";
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
  const text = formatDecimal(decimal(value), {
    locale,
    decimals: decimals ?? decimalsOf(value),
    negative: settings.negative,
    zero,
    positive: signed ? "signed" : "plain",
  });
  return <>{text}</>;
}

interface AlignedProps {
  readonly value: string;
  /** The most decimals of any value in the column. */
  readonly decimals: number;
}

/**
 * An amount in a column whose values have unlike numbers of decimals, because they are rounded to
 * significant digits: the points stand under each other, and no digit is made up.
 */
export function AlignedAmount({ value, decimals }: AlignedProps) {
  const own = decimalsOf(value);
  const missing = Math.max(0, decimals - own);
  return (
    <>
      <Amount value={value} />
      {missing > 0 && (
        <span aria-hidden="true" style={{ visibility: "hidden", userSelect: "none" }}>
          {own === 0 && "."}
          {"0".repeat(missing)}
        </span>
      )}
    </>
  );
}

/** A whole number of things. */
export function Count({ value }: { readonly value: string }) {
  const locale = useLocale();
  return <>{formatDecimal(decimal(value), { locale, decimals: 0 })}</>;
}

interface MomentProps {
  readonly at: string;
  readonly zone: string;
  readonly precision?: "day" | "minute" | "second" | "time";
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
