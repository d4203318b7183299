/**
 * Reads what a person types or pastes into a cell, in an explicit locale, into a canonical decimal.
 *
 * A text that could mean two numbers is refused with a sentence, never guessed and never turned into
 * zero: `1,23` is not 123 where the comma groups thousands, and `5,-` is not minus five.
 */

import { type Decimal, decimalOf } from "./decimal";
import { type Separators, separatorsOf } from "./separators";

/** What the cell that receives the text allows. */
export interface DecimalInput {
  readonly locale: string;
  /** `any` (default) ignores a currency mark, `none` refuses one, an ISO code accepts only its own. */
  readonly currency?: string;
  /** Most digits after the decimal sign; zeros beyond it are dropped, other digits are refused. */
  readonly maxDecimals?: number;
  /** A lonely dash is how reports write zero; a grid that accepts pasted reports says `zero`. */
  readonly lonelyDash?: "refuse" | "zero";
}

export type ProblemCode =
  | "empty"
  | "lonely_dash"
  | "exponent"
  | "unexpected_character"
  | "sign"
  | "parentheses"
  | "currency"
  | "separator"
  | "grouping"
  | "too_many_decimals";

/** Why the text is not taken: a code for the program, a sentence for the person. */
export interface DecimalProblem {
  readonly code: ProblemCode;
  readonly message: string;
}

export type ParsedDecimal =
  | { readonly ok: true; readonly value: Decimal }
  | { readonly ok: false; readonly problem: DecimalProblem };

/** Marks that set the direction of writing; they are invisible and carry no value. */
const DIRECTION_MARKS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const SIGN = /[+\-\u2212\u2010-\u2014]/;
const SIGNS = /[+\-\u2212\u2010-\u2014]/g;
const SPACE = /\s/;
const APOSTROPHE = /['\u2019]/;

export function parseDecimal(text: string, input: DecimalInput): ParsedDecimal {
  try {
    return { ok: true, value: read(text, input) };
  } catch (caught) {
    if (caught instanceof Refusal) {
      return { ok: false, problem: { code: caught.code, message: caught.message } };
    }
    throw caught;
  }
}

class Refusal extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}

function read(text: string, input: DecimalInput): Decimal {
  const separators = separatorsOf(input.locale);
  const plain = asciiDigits(text.replace(DIRECTION_MARKS, ""), separators).trim();
  if (plain === "") {
    throw new Refusal("empty", "There is no number here.");
  }
  if (plain.length === 1 && SIGN.test(plain) && plain !== "+") {
    if (input.lonelyDash === "zero") {
      return decimalOf(false, "0", "");
    }
    throw new Refusal("lonely_dash", "A dash alone is not a number. Write 0 for zero.");
  }
  if (/[0-9]\s*[eE]\s*[+-]?[0-9]/.test(plain)) {
    throw new Refusal("exponent", `"${plain}" has an exponent. Write the number out in full.`);
  }
  const { before, number, after } = split(plain, separators);
  if (number.endsWith(separators.decimal) && SIGN.test(after.trim().charAt(0))) {
    // "5,-" is a price without cents to some and minus five to others.
    throw new Refusal(
      "sign",
      `"${plain}" ends in a dash. Write the decimals, or a minus in front.`,
    );
  }
  const negative = readSign(before, after, plain);
  checkMarks(before, after, input, plain);
  const [whole, fraction] = readDigits(number, separators, input.locale);
  return decimalOf(negative, whole, readFraction(fraction, input.maxDecimals));
}

function asciiDigits(text: string, { digits }: Separators): string {
  if (digits[0] === "0") {
    return text;
  }
  return Array.from(text, (character) => {
    const digit = digits.indexOf(character);
    return digit < 0 ? character : String(digit);
  }).join("");
}

/** Parts the number from what stands around it: signs, brackets, currency marks, spaces. */
function split(text: string, { decimal }: Separators) {
  const first = text.search(/[0-9]/);
  if (first < 0) {
    throw new Refusal("unexpected_character", `"${text}" is not a number.`);
  }
  let last = text.length - 1;
  while (!/[0-9]/.test(text.charAt(last))) {
    last -= 1;
  }
  const start = text.charAt(first - 1) === decimal ? first - 1 : first;
  const end = text.charAt(last + 1) === decimal ? last + 2 : last + 1;
  return { before: text.slice(0, start), number: text.slice(start, end), after: text.slice(end) };
}

function readSign(before: string, after: string, text: string): boolean {
  const opened = count(before, /\(/g);
  const closed = count(after, /\)/g);
  if (opened > 1 || opened !== closed || before.includes(")") || after.includes("(")) {
    throw new Refusal("parentheses", `The parentheses of "${text}" do not match.`);
  }
  const signs = [...(before + after).matchAll(SIGNS)].map((match) => match[0]);
  if (signs.length + opened > 1) {
    throw new Refusal("sign", `"${text}" has more than one sign.`);
  }
  return opened === 1 || (signs.length === 1 && signs[0] !== "+");
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** What is left beside the number must be one mark of a currency that the cell takes. */
function checkMarks(before: string, after: string, input: DecimalInput, text: string): void {
  const marks = [before, after]
    .map((side) => side.replace(SIGNS, "").replace(/[()]/g, "").trim())
    .filter((mark) => mark !== "");
  const [mark, second] = marks;
  if (mark === undefined) {
    return;
  }
  if (second !== undefined) {
    throw new Refusal("unexpected_character", `"${text}" has words on both sides of the number.`);
  }
  const wanted = input.currency ?? "any";
  if (wanted !== "any" && wanted !== "none" && marksOf(wanted, input.locale).includes(mark)) {
    return;
  }
  if (!isCurrencyMark(mark, input.locale)) {
    throw unexpected(mark);
  }
  if (wanted === "none") {
    throw new Refusal("currency", `"${mark}" is a currency; this cell counts another unit.`);
  }
  if (wanted !== "any") {
    throw new Refusal("currency", `"${mark}" is not ${wanted}, the currency of this cell.`);
  }
}

const marksByLocale = new Map<string, ReadonlySet<string>>();

/**
 * Whether a text marks a currency, whichever. Only marks that the runtime knows count: "5 mln" is five
 * million, not five of something. A lone letter never counts, because "10 K" is ten thousand to most.
 */
function isCurrencyMark(mark: string, locale: string): boolean {
  if (/^\p{L}{0,3}\p{Sc}$/u.test(mark)) {
    return true;
  }
  let known = marksByLocale.get(locale);
  if (known === undefined) {
    const currencies = Intl.supportedValuesOf("currency");
    known = new Set(currencies.flatMap((currency) => marksOf(currency, locale)));
    marksByLocale.set(locale, known);
  }
  return mark.length > 1 && known.has(mark);
}

/** `EUR` and `€`; `USD`, `US$` and `$`: the code and the locale's symbols of one currency. */
function marksOf(currency: string, locale: string): string[] {
  const symbols = (["symbol", "narrowSymbol"] as const).map((currencyDisplay) =>
    new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay })
      .formatToParts(0n)
      .find((part) => part.type === "currency")
      ?.value.replace(DIRECTION_MARKS, "")
      .trim(),
  );
  return [currency, ...symbols.filter((symbol) => symbol !== undefined)];
}

/** The digits before and after the decimal sign, with the grouping checked and taken out. */
function readDigits(number: string, separators: Separators, locale: string): [string, string] {
  const stranger = [...number].find((character) => !isNumberCharacter(character));
  if (stranger !== undefined) {
    if (SIGN.test(stranger)) {
      throw new Refusal("sign", `"${number}" has a sign in the middle.`);
    }
    throw unexpected(stranger);
  }
  const [whole = "", fraction = "", ...more] = number.split(separators.decimal);
  if (more.length > 0 || !/^[0-9]*$/.test(fraction)) {
    throw new Refusal(
      "separator",
      `"${number}" is ambiguous: in ${locale} "${separators.decimal}" starts the decimals. ` +
        `Write it like ${sample(locale)}.`,
    );
  }
  return [ungroup(whole, separators, locale), fraction];
}

function isNumberCharacter(character: string): boolean {
  return (
    /[0-9.,\u066B\u066C]/.test(character) || SPACE.test(character) || APOSTROPHE.test(character)
  );
}

function ungroup(whole: string, separators: Separators, locale: string): string {
  const used = [...new Set(whole.replace(/[0-9]/g, ""))];
  const [separator] = used;
  if (separator === undefined) {
    return whole;
  }
  // Spaces and apostrophes group in no other sense, so they are welcome in every locale.
  const kinds = new Set(used.map(separatorKind));
  const known = SPACE.test(separator) || APOSTROPHE.test(separator);
  if (kinds.size > 1 || !(known || separator === separators.group)) {
    throw new Refusal(
      "separator",
      `"${whole}" mixes or misuses separators. In ${locale} write it like ${sample(locale)}.`,
    );
  }
  const groups = whole.split(/[^0-9]/);
  const sizes = groups.map((group) => group.length);
  const fits =
    areGroups(sizes, separators.primaryGroup, separators.secondaryGroup) || areGroups(sizes, 3, 3);
  if (!fits || groups[0]?.startsWith("0")) {
    throw new Refusal(
      "grouping",
      `In ${locale} "${separator}" groups digits, and the groups of "${whole}" are not whole. ` +
        `Write it like ${sample(locale)}.`,
    );
  }
  return groups.join("");
}

function separatorKind(separator: string): string {
  if (SPACE.test(separator)) {
    return "space";
  }
  return APOSTROPHE.test(separator) ? "apostrophe" : separator;
}

function areGroups(sizes: readonly number[], primary: number, secondary: number): boolean {
  const first = sizes[0] ?? 0;
  const middle = sizes.slice(1, -1);
  return (
    first >= 1 &&
    first <= secondary &&
    middle.every((size) => size === secondary) &&
    sizes.at(-1) === primary
  );
}

function readFraction(fraction: string, maxDecimals: number | undefined): string {
  if (maxDecimals === undefined || fraction.length <= maxDecimals) {
    return fraction;
  }
  if (/[1-9]/.test(fraction.slice(maxDecimals))) {
    const most = maxDecimals === 0 ? "no decimals" : `at most ${maxDecimals} decimals`;
    throw new Refusal("too_many_decimals", `This takes ${most}, and ".${fraction}" has more.`);
  }
  return fraction.slice(0, maxDecimals);
}

function unexpected(text: string): Refusal {
  return new Refusal("unexpected_character", `"${text}" is not part of a number.`);
}

function sample(locale: string): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 2, useGrouping: "always" }).format(
    "1234567.5",
  );
}
