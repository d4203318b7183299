import { expect, test } from "vitest";
import type { ActPreview, CustomerWallet, LotInStack } from "../../../host";
import { actOf, type Begun, EMPTY, nameOf } from "./act";

const lot = { lot: "inv-1" } as LotInStack;
const wallet = { wallet: "standard" } as CustomerWallet;
const on = (act: "refund" | "transfer" | "extend" | "adjust"): Begun => ({ act, lot, wallet });
const read = (text: string) =>
  /^-?[0-9.]+$/.test(text) ? { value: text } : { problem: `${text} is not a number.` };
const preview = (paid_back: ActPreview["paid_back"], units: ActPreview["units"]): ActPreview => ({
  operation: "{}",
  entries: [],
  paid_back,
  units,
  needs: null,
});

test("what is left empty is left to the rules of the books", () => {
  expect(actOf(on("refund"), EMPTY, read)).toEqual({
    act: { act: "refund", lot: "inv-1", units: null, amount: null, fee: null, with_tax: true },
  });
});

test("what is missing or no number is said where it is", () => {
  expect(actOf({ act: "grant" }, { ...EMPTY, price: "ten" }, read)).toEqual({
    problems: { units: "Say how many units.", price: "ten is not a number." },
  });
  const found = actOf(on("adjust"), EMPTY, read);
  expect("problems" in found && Object.keys(found.problems)).toEqual([
    "units",
    "approver",
    "reason",
  ]);
});

test("a number that the act does not ask for is not sent", () => {
  const found = actOf(on("transfer"), { ...EMPTY, fee: "x", toCustomer: "globex" }, read);
  expect(found).toEqual({
    act: { act: "transfer", lot: "inv-1", units: null, to_customer: "globex", to_wallet: null },
  });
});

test("the button names the act by what the entries do", () => {
  const name = (begun: Begun, of: ActPreview, draft = EMPTY) =>
    nameOf(
      begun,
      draft,
      of,
      (amount) => amount,
      (day) => day,
    );
  const eur = [{ unit: "EUR", amount: "90.00" }];
  expect(name(on("refund"), preview(eur, [{ unit: "credits", amount: "-100" }]))).toBe(
    "Refund 90.00 EUR",
  );
  expect(name(on("refund"), preview([], [{ unit: "credits", amount: "-100" }]))).toBe(
    "Refund 100 credits",
  );
  expect(name(on("adjust"), preview([], [{ unit: "credits", amount: "-5" }]))).toBe(
    "Take away 5 credits",
  );
  expect(name(on("extend"), preview([], []), { ...EMPTY, lastDay: "2026-12-31" })).toBe(
    "Extend through 2026-12-31",
  );
});
