import { expect, test } from "vitest";
import { askedOf, letterOf, monthOf, withDraft } from "./asked";

const october = { from: "2026-10-01", through: "2026-10-31" };

test("drafts of one letter are one scenario, and a letter without drafts is none", () => {
  const params = withDraft(withDraft({}, "dearer", "A"), "longer", "A");
  expect(askedOf(params, october)).toEqual({
    scenarios: [{ name: "A", drafts: ["dearer", "longer"] }],
    as_dated: false,
    from: "2026-10-01",
    through: "2026-10-31",
    customers: [],
  });
});

test("a draft is in one scenario at a time", () => {
  const params = withDraft(withDraft({ from: "2026-10-05" }, "dearer", "A"), "dearer", "C");
  expect(letterOf(params, "dearer")).toBe("C");
  expect(withDraft(params, "dearer", null)).toEqual({ from: "2026-10-05" });
});

test("customers may be written with commas or spaces", () => {
  expect(askedOf({ customers: "acme, globex  initech" }, october).customers).toEqual([
    "acme",
    "globex",
    "initech",
  ]);
});

test("a month has its last day", () => {
  expect(monthOf("2024-02-11")).toEqual({ from: "2024-02-01", through: "2024-02-29" });
});
