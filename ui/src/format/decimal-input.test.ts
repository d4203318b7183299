import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decimalOf, formatDecimal, isDecimal } from "./decimal";
import { type DecimalInput, type ProblemCode, parseDecimal } from "./decimal-input";

function parse(text: string, locale: string, more: Partial<DecimalInput> = {}): string {
  const parsed = parseDecimal(text, { locale, ...more });
  return parsed.ok ? parsed.value : `! ${parsed.problem.code}`;
}

const LOCALES = [
  "en-US",
  "en-GB",
  "en-IN",
  "nl-NL",
  "de-DE",
  "de-CH",
  "de-AT",
  "fr-FR",
  "es-ES",
  "pt-PT",
  "pl-PL",
  "sv-SE",
  "he-IL",
  "ar-EG",
  "fa-IR",
  "hi-IN-u-nu-deva",
  "ja-JP",
];

describe("what is typed or pasted", () => {
  test.each([
    ["1234.5", "en-US", "1234.5"],
    ["1,234.50", "en-US", "1234.50"],
    ["1.234,56", "de-DE", "1234.56"],
    ["1.234", "de-DE", "1234"],
    ["1.234", "en-US", "1.234"],
    ["(1,234.50)", "en-US", "-1234.50"],
    ["€ 1 234,50", "fr-FR", "1234.50"],
    ["€ 1 234,50", "nl-NL", "1234.50"],
    ["1\u202F234,50\u00A0€", "fr-FR", "1234.50"],
    ["1'234.50", "de-CH", "1234.50"],
    ["1’234.50", "de-CH", "1234.50"],
    ["CHF 1’234.50", "de-CH", "1234.50"],
    ["12,34,567.50", "en-IN", "1234567.50"],
    ["1,234,567.50", "en-IN", "1234567.50"],
    ["(€ 5,00)", "nl-NL", "-5.00"],
    ["€ (5,00)", "nl-NL", "-5.00"],
    ["€ -5,00", "nl-NL", "-5.00"],
    ["-€5", "nl-NL", "-5"],
    ["US$12", "en-GB", "12"],
    ["-5,00 kr.", "da-DK", "-5.00"],
    ["kr. -5", "da-DK", "-5"],
    ["12,50 zł", "pl-PL", "12.50"],
    ["EUR 12.50", "en-US", "12.50"],
    ["12.50EUR", "en-US", "12.50"],
    ["−5", "en-US", "-5"],
    ["–5", "en-US", "-5"],
    ["5-", "en-US", "-5"],
    ["+5", "en-US", "5"],
    [".5", "en-US", "0.5"],
    ["5.", "en-US", "5"],
    ["007", "en-US", "7"],
    ["\t42 \n", "en-US", "42"],
    ["-0.00", "en-US", "0.00"],
    ["(0)", "en-US", "0"],
    ["١٬٢٣٤٫٥", "ar-EG", "1234.5"],
    ["1234٫5", "ar-EG", "1234.5"],
    ["(1,234.50\u2007)", "en-US", "-1234.50"],
  ])("%j in %s is %s", (text, locale, expected) => {
    expect(parse(text, locale)).toBe(expected);
  });
});

describe("what is refused", () => {
  test.each<[string, string, ProblemCode]>([
    ["", "en-US", "empty"],
    [" \u00A0", "en-US", "empty"],
    ["-", "en-US", "lonely_dash"],
    ["–", "en-US", "lonely_dash"],
    ["1e3", "en-US", "exponent"],
    ["1.5E+3", "en-US", "exponent"],
    ["abc", "en-US", "unexpected_character"],
    ["+", "en-US", "unexpected_character"],
    ["12a4", "en-US", "unexpected_character"],
    ["5 %", "en-US", "unexpected_character"],
    ["10K", "en-US", "unexpected_character"],
    ["5 mln", "nl-NL", "unexpected_character"],
    ["5 bn", "en-US", "unexpected_character"],
    ["5 m", "en-US", "unexpected_character"],
    ["=2", "en-US", "unexpected_character"],
    ["#1", "en-US", "unexpected_character"],
    ["5,-", "en-US", "unexpected_character"],
    ["5,-", "nl-NL", "sign"],
    ["5.–", "de-CH", "sign"],
    ["--5", "en-US", "sign"],
    ["-(5)", "en-US", "sign"],
    ["-5-", "en-US", "sign"],
    ["3-4", "en-US", "sign"],
    ["2026-03-31", "en-US", "sign"],
    ["(5", "en-US", "parentheses"],
    ["5)", "en-US", "parentheses"],
    ["((5))", "en-US", "parentheses"],
    [")5(", "en-US", "parentheses"],
    ["$5 EUR", "en-US", "unexpected_character"],
    ["1.234,56", "en-US", "separator"],
    ["1,234.56", "de-DE", "separator"],
    ["1.234.567", "en-US", "separator"],
    ["1.234,50", "fr-FR", "separator"],
    ["1.234 567,00", "de-DE", "separator"],
    ["1,23", "en-US", "grouping"],
    ["1,2345", "en-US", "grouping"],
    ["1,,234", "en-US", "grouping"],
    [",234", "en-US", "unexpected_character"],
    ["0,123", "en-US", "grouping"],
    ["12 34", "en-US", "grouping"],
    ["1.5", "de-DE", "grouping"],
    ["1.2.2026", "de-DE", "grouping"],
    ["12,34,567", "en-US", "grouping"],
  ])("%j in %s: %s", (text, locale, code) => {
    expect(parse(text, locale)).toBe(`! ${code}`);
  });

  it("says what is wrong and shows how to write it", () => {
    const parsed = parseDecimal("1.5", { locale: "de-DE" });
    expect(parsed.ok ? "" : parsed.problem.message).toBe(
      'In de-DE "." groups digits, and the groups of "1.5" are not whole. Write it like 1.234.567,50.',
    );
  });
});

describe("the cell's own limits", () => {
  it("takes only its own currency", () => {
    expect(parse("€ 5,00", "nl-NL", { currency: "EUR" })).toBe("5.00");
    expect(parse("EUR 5,00", "nl-NL", { currency: "EUR" })).toBe("5.00");
    expect(parse("$ 5,00", "nl-NL", { currency: "EUR" })).toBe("! currency");
    expect(parse("R 5", "en-ZA", { currency: "ZAR" })).toBe("5");
    expect(parse("€ 5,00", "nl-NL", { currency: "none" })).toBe("! currency");
    expect(parse("5,00", "nl-NL", { currency: "none" })).toBe("5.00");
  });

  it("drops zeros beyond its decimals and refuses other digits there", () => {
    expect(parse("1.500", "en-US", { maxDecimals: 2 })).toBe("1.50");
    expect(parse("1.505", "en-US", { maxDecimals: 2 })).toBe("! too_many_decimals");
    expect(parse("1.0", "en-US", { maxDecimals: 0 })).toBe("1");
  });

  it("reads a lonely dash as zero only where a report may be pasted", () => {
    expect(parse(" – ", "en-US", { lonelyDash: "zero" })).toBe("0");
    expect(parse("+", "en-US", { lonelyDash: "zero" })).toBe("! unexpected_character");
  });
});

describe("laws", () => {
  const written = fc.record({
    negative: fc.boolean(),
    whole: fc.bigInt({ min: 0n, max: 10n ** 30n }),
    places: fc.integer({ min: 0, max: 9 }),
    digits: fc.stringMatching(/^[0-9]{9}$/),
    locale: fc.constantFrom(...LOCALES),
    style: fc.constantFrom("minus" as const, "parentheses" as const),
    zero: fc.constantFrom("digits" as const, "dash" as const),
    positive: fc.constantFrom("plain" as const, "signed" as const),
  });

  it("what is formatted is read back as the same amount, in every locale and style", () => {
    fc.assert(
      fc.property(written, (given) => {
        const fraction = given.digits.slice(0, given.places);
        const value = decimalOf(given.negative, given.whole.toString(), fraction);
        const text = formatDecimal(value, {
          locale: given.locale,
          decimals: given.places,
          negative: given.style,
          zero: given.zero,
          positive: given.positive,
        });
        const expected = text.includes("–") ? "0" : value;
        expect(parse(text, given.locale, { lonelyDash: "zero" })).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("any text is either a canonical decimal or a problem with a sentence", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."0123456789.,-+()€$ 'eEkr\u00A0–٫٬١") }),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom(...LOCALES), (text, locale) => {
        const parsed = parseDecimal(text, { locale });
        expect(parsed.ok ? isDecimal(parsed.value) : parsed.problem.message.endsWith(".")).toBe(
          true,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("a canonical decimal is read as itself where the point is the decimal sign", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,9})?$/), (text) => {
        fc.pre(isDecimal(text));
        expect(parse(text, "en-US")).toBe(text);
      }),
    );
  });
});
