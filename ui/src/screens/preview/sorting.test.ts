import { expect, test } from "vitest";
import type { ChangedCustomer } from "../../host";
import { sorted } from "./sorting";

const customer = (name: string, difference: string, percent: string | null): ChangedCustomer => ({
  customer: name,
  baseline: "10.00",
  scenario: "10.00",
  difference,
  percent,
  dry_before: null,
  dry_after: null,
  class: 0,
});
const three = [
  customer("acme", "9.50", "95.0"),
  customer("globex", "10.00", null),
  customer("initech", "-100000000000000000000.01", "-3.0"),
];
const names = (customers: readonly ChangedCustomer[]) => customers.map((one) => one.customer);

test("amounts are compared as amounts, whatever their length", () => {
  expect(names(sorted(three, { key: "difference", isRising: false }))).toEqual([
    "globex",
    "acme",
    "initech",
  ]);
});

test("who has no figure stands last either way", () => {
  expect(names(sorted(three, { key: "percent", isRising: true }))).toEqual([
    "initech",
    "acme",
    "globex",
  ]);
  expect(names(sorted(three, { key: "percent", isRising: false })).at(-1)).toBe("globex");
});
