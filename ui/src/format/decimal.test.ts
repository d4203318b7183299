import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  BRACKET_ROOM,
  compare,
  type Decimal,
  decimal,
  decimalOf,
  formatDecimal,
  isDecimal,
  isNegative,
  isZero,
  percentChange,
} from "./decimal";

/** Any canonical decimal up to 40 digits before and 12 after the point. */
const decimals = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.stringMatching(/^[0-9]{0,12}$/))
  .map(([negative, whole, fraction]) => decimalOf(negative, whole.toString(), fraction));

/** The value in steps of 10^-20, by another road than the code under test. */
function steps(value: Decimal): bigint {
  const [whole = "", fraction = ""] = value.replace("-", "").split(".");
  const magnitude = BigInt(whole) * 10n ** 20n + BigInt(fraction.padEnd(20, "0"));
  return value.startsWith("-") ? -magnitude : magnitude;
}

const english = { locale: "en-US", decimals: 2 } as const;

describe("a decimal", () => {
  test.each(["0", "-1234567.50", "0.00", "12", "-0.01"])("takes %s", (text) => {
    expect(decimal(text)).toBe(text);
  });

  test.each([
    "",
    "-",
    "-0",
    "-0.00",
    "01",
    "1.",
    ".5",
    "1e3",
    "1,000",
    "+1",
    " 1",
    "0x10",
    "NaN",
    "Infinity",
    "١",
  ])("refuses %j", (text) => {
    expect(isDecimal(text)).toBe(false);
    expect(() => decimal(text)).toThrow(TypeError);
  });

  it("knows its sign and whether it is zero", () => {
    expect([isNegative(decimal("-0.01")), isNegative(decimal("0"))]).toEqual([true, false]);
    expect([isZero(decimal("0.000")), isZero(decimal("0.001"))]).toEqual([true, false]);
  });
});

describe("compare", () => {
  it("goes by value, not by text", () => {
    expect(compare(decimal("1.50"), decimal("1.5"))).toBe(0);
    expect(compare(decimal("9"), decimal("10"))).toBe(-1);
    expect(compare(decimal("-9"), decimal("-10"))).toBe(1);
    expect(compare(decimal("0.1"), decimal("0.09999999999999999999999"))).toBe(1);
  });

  it("orders as the integers do", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const [left, right] = [steps(a), steps(b)];
        expect(compare(a, b)).toBe(left === right ? 0 : left < right ? -1 : 1);
        expect(compare(b, a) + compare(a, b)).toBe(0);
      }),
    );
  });
});

describe("percentChange", () => {
  test.each([
    ["100", "120", "20.0"],
    ["1.250", "1.500", "20.0"],
    ["100", "0", "-100.0"],
    ["-50", "-25", "50.0"],
    ["-50", "25", "150.0"],
    ["3", "4", "33.3"],
    ["3", "5", "66.7"],
    ["1000", "1000.5", "0.1"],
    ["1000", "999.5", "-0.1"],
    ["1000", "1000.4", "0.0"],
    ["1000", "999.6", "0.0"],
    ["0.00000000013", "0.00000000026", "100.0"],
  ])("from %s to %s is %s", (from, to, expected) => {
    expect(percentChange(decimal(from), decimal(to))).toBe(expected);
  });

  it("does not exist from zero", () => {
    expect(percentChange(decimal("0.00"), decimal("5"))).toBeNull();
  });

  it("can be without decimals", () => {
    expect(percentChange(decimal("3"), decimal("4"), 0)).toBe("33");
  });

  it("is within half a step of the exact quotient, and away from zero on the tie", () => {
    fc.assert(
      fc.property(decimals, decimals, fc.integer({ min: 0, max: 6 }), (from, to, places) => {
        fc.pre(!isZero(from));
        const found = percentChange(from, to, places);
        const base = steps(from) < 0n ? -steps(from) : steps(from);
        const exact = (steps(to) - steps(from)) * 100n * 10n ** BigInt(places);
        const rounded = BigInt((found ?? "0").replace(".", ""));
        const excess = (rounded * base - exact) * 2n * (exact < 0n ? -1n : 1n);
        expect(excess <= base && excess > -base).toBe(true);
      }),
    );
  });
});

describe("formatDecimal", () => {
  test.each([
    ["en-US", "-1234567.50", "−1,234,567.50"],
    ["de-DE", "-1234567.50", "−1.234.567,50"],
    ["fr-FR", "1234567.5", "1\u202F234\u202F567,50"],
    ["en-IN", "1234567.5", "12,34,567.50"],
    ["sv-SE", "-1", "−1,00"],
    ["hi-IN-u-nu-deva", "-12.5", "−१२.५०"],
  ])("in %s writes %s as %s", (locale, value, expected) => {
    expect(formatDecimal(decimal(value), { locale, decimals: 2 })).toBe(expected);
  });

  it("is exact where a number would not be", () => {
    const value = decimal("-12345678901234567890123456789.12345678901234567");
    expect(formatDecimal(value, { locale: "en", decimals: 17 })).toBe(
      "−12,345,678,901,234,567,890,123,456,789.12345678901234567",
    );
  });

  it("rounds half away from zero beyond the column's decimals", () => {
    const written = ["1.005", "-1.005", "1.00499999999999999999", "0.125"].map((text) =>
      formatDecimal(decimal(text), english),
    );
    expect(written).toEqual(["1.01", "−1.01", "1.00", "0.13"]);
  });

  it("writes no sign on what rounds to zero", () => {
    expect(formatDecimal(decimal("-0.004"), english)).toBe("0.00");
    expect(formatDecimal(decimal("0.004"), { ...english, positive: "signed" })).toBe("0.00");
  });

  it("brackets negatives and keeps the bracket's room on the others", () => {
    const style = { ...english, negative: "parentheses" } as const;
    expect(formatDecimal(decimal("-1234.5"), style)).toBe("(1,234.50)");
    expect(formatDecimal(decimal("1234.5"), style)).toBe(`1,234.50${BRACKET_ROOM}`);
    expect(formatDecimal(decimal("-5"), { ...style, locale: "fa" })).toBe("(۵٫۰۰)");
  });

  it("writes an exact zero as a dash where reports ask for it, and only an exact one", () => {
    const style = { ...english, zero: "dash" } as const;
    expect(formatDecimal(decimal("0.00"), style)).toBe("–");
    expect(formatDecimal(decimal("0.004"), style)).toBe("0.00");
    expect(formatDecimal(decimal("0"), { ...style, negative: "parentheses" })).toBe(
      `–${BRACKET_ROOM}`,
    );
  });

  it("signs both ways in a column of differences", () => {
    const written = ["5", "-5", "0"].map((text) =>
      formatDecimal(decimal(text), { ...english, positive: "signed" }),
    );
    expect(written).toEqual(["+5.00", "−5.00", "0.00"]);
  });

  it("keeps every digit when the column has room for them", () => {
    fc.assert(
      fc.property(decimals, (value) => {
        const written = formatDecimal(value, { locale: "en-US", decimals: 12 });
        const read = BigInt(written.replace(/[,.]/g, "").replace("−", "-")) * 10n ** 8n;
        expect(read).toBe(steps(value));
      }),
    );
  });
});
