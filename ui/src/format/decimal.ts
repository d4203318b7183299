/**
 * Amounts as the window sees them: exact decimal strings, from the host to the glyph.
 *
 * A JavaScript number never holds an amount. Strings go to `Intl.NumberFormat`, which formats decimal
 * strings exactly; comparing and the percent change use BigInt. Nothing here adds two amounts: sums
 * come from the host.
 */

/** A canonical decimal such as `-1234567.50`: no exponent, no leading zeros, no negative zero. */
export type Decimal = `${number}` & { readonly canonical: unique symbol };

/** How a column of amounts is written. */
export interface DecimalStyle {
  /** BCP 47 tag, `nl-NL`; decides separators and digits. */
  readonly locale: string;
  /** Digits after the decimal sign, 0 to 20. Beyond them the text is rounded half away from zero. */
  readonly decimals: number;
  /** `minus` writes U+2212; `parentheses` writes (1.00) and keeps the bracket's room on the others. */
  readonly negative?: "minus" | "parentheses";
  /** `dash` writes an exact zero as an en dash, the way reports do. */
  readonly zero?: "digits" | "dash";
  /** `signed` writes a plus sign on positives, for columns of differences. */
  readonly positive?: "plain" | "signed";
}

export const MINUS = "\u2212";
export const ZERO_DASH = "\u2013";
/** As wide as a digit: keeps the digits of positives above those of bracketed negatives. */
export const BRACKET_ROOM = "\u2007";

const CANONICAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** Takes a decimal from the host; a text that is not canonical is a defect there, so it throws. */
export function decimal(text: string): Decimal {
  if (!isDecimal(text)) {
    throw new TypeError(`${JSON.stringify(text)} is not a canonical decimal such as -1234567.50`);
  }
  return text;
}

export function isDecimal(text: string): text is Decimal {
  return CANONICAL.test(text) && !(text.startsWith("-") && !/[1-9]/.test(text));
}

/** The canonical decimal of a sign and two runs of ASCII digits, with the fraction as written. */
export function decimalOf(negative: boolean, whole: string, fraction: string): Decimal {
  const digits = whole.replace(/^0+(?=[0-9])/, "") || "0";
  const magnitude = fraction === "" ? digits : `${digits}.${fraction}`;
  return decimal(negative && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude);
}

export function isNegative(value: Decimal): boolean {
  return value.startsWith("-");
}

export function isZero(value: Decimal): boolean {
  return !/[1-9]/.test(value);
}

/** -1, 0 or 1, by value: `1.50` equals `1.5`. Fit for `Array.prototype.sort`. */
export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const scale = Math.max(decimalsOf(a), decimalsOf(b));
  const left = steps(a, scale);
  const right = steps(b, scale);
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}

/**
 * The change from one amount to another in percent of the first one's size, rounded half away from
 * zero: 100 -> 120 is `20.0`, -50 -> -25 is `50.0`. Null when the first amount is zero, because then
 * there is no such number; the screen writes that in words.
 */
export function percentChange(from: Decimal, to: Decimal, decimals = 1): Decimal | null {
  if (isZero(from)) {
    return null;
  }
  const scale = Math.max(decimalsOf(from), decimalsOf(to));
  const base = steps(from, scale);
  const change = (steps(to, scale) - base) * 100n * 10n ** BigInt(decimals);
  const rounded = divideHalfAwayFromZero(change, base < 0n ? -base : base);
  const digits = (rounded < 0n ? -rounded : rounded).toString().padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return decimalOf(rounded < 0n, digits.slice(0, point), digits.slice(point));
}

/** Writes an amount for people. Exact for any number of digits; rounds only beyond `style.decimals`. */
export function formatDecimal(value: Decimal, style: DecimalStyle): string {
  const brackets = style.negative === "parentheses";
  if (style.zero === "dash" && isZero(value)) {
    return brackets ? ZERO_DASH + BRACKET_ROOM : ZERO_DASH;
  }
  const format = numberFormat(style);
  if (!brackets) {
    return format
      .formatToParts(value)
      .map((part) => (part.type === "minusSign" ? MINUS : part.value))
      .join("");
  }
  const parts = format.formatToParts(value);
  if (!parts.some((part) => part.type === "minusSign")) {
    return parts.map((part) => part.value).join("") + BRACKET_ROOM;
  }
  // The brackets stand for the sign and for the direction mark that some locales put before it.
  const kept = parts.filter((part) => part.type !== "minusSign" && part.type !== "literal");
  return `(${kept.map((part) => part.value).join("")})`;
}

const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(style: DecimalStyle): Intl.NumberFormat {
  const signed = style.positive === "signed";
  const key = `${style.locale} ${style.decimals} ${signed}`;
  let format = numberFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(style.locale, {
      minimumFractionDigits: style.decimals,
      maximumFractionDigits: style.decimals,
      // Both leave the sign off what rounds to zero.
      signDisplay: signed ? "exceptZero" : "negative",
    });
    numberFormats.set(key, format);
  }
  return format;
}

/** How many digits stand after the point. */
export function decimalsOf(value: string): number {
  const point = value.indexOf(".");
  return point < 0 ? 0 : value.length - point - 1;
}

/** The value in steps of 10^-scale; `scale` is at least the value's own number of decimals. */
function steps(value: Decimal, scale: number): bigint {
  return BigInt(value.replace(".", "") + "0".repeat(scale - decimalsOf(value)));
}

function divideHalfAwayFromZero(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const quotient = (magnitude * 2n + denominator) / (denominator * 2n);
  return numerator < 0n ? -quotient : quotient;
}
