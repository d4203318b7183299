import { expect, test } from "vitest";
import { askedOf, lastDayOf, paramsOf, shifted } from "./asked";

const MONTHS = ["2026-03", "2026-02", "2026-01", "2025-12"];
const books = { months: MONTHS, lastDay: "2026-02-28", asOf: null };

test("what the address leaves open is the month of the last entry", () => {
  expect(askedOf({}, books)).toEqual({
    report: "roll-forward",
    by: null,
    from: "2026-02",
    to: "2026-02",
    as_of: null,
  });
});

test("a period that the books do not have or that runs backwards is never asked for", () => {
  expect(askedOf({ from: "2026-03", to: "2026-01" }, books)).toMatchObject({
    from: "2026-01",
    to: "2026-01",
  });
  expect(askedOf({ from: "1999-01", to: "2026-01", report: "poem" }, books)).toMatchObject({
    report: "roll-forward",
    from: "2026-01",
  });
});

test("the address gives back the question", () => {
  const params = { report: "revenue", by: "model", from: "2025-12", to: "2026-01" };
  expect(paramsOf(askedOf(params, books))).toEqual(params);
});

test("a quarter is followed by a quarter, and the books end somewhere", () => {
  expect(shifted({ from: "2026-01", to: "2026-01" }, "later", MONTHS)).toEqual({
    from: "2026-02",
    to: "2026-02",
  });
  expect(shifted({ from: "2026-02", to: "2026-03" }, "earlier", MONTHS)).toEqual({
    from: "2025-12",
    to: "2026-01",
  });
  expect(shifted({ from: "2026-02", to: "2026-03" }, "later", MONTHS)).toBeNull();
});

test("months have their last day, also in leap years", () => {
  expect(lastDayOf("2024-02")).toBe("2024-02-29");
  expect(lastDayOf("2026-12")).toBe("2026-12-31");
});
