/** What a person does to a customer's credits by hand, and how it is named. */
import type {
  Act,
  ActPreview,
  CustomerWallet,
  Failure,
  LotInStack,
  UnitAmount,
} from "../../../host";

export type LotAct = "refund" | "transfer" | "extend" | "adjust";

/** An act that was begun: on which lot. */
export type Begun =
  | { readonly act: "grant" }
  | { readonly act: LotAct; readonly lot: LotInStack; readonly wallet: CustomerWallet };

/** What is typed into the form of an act. */
export interface Draft {
  readonly wallet: string;
  readonly kind: string;
  readonly units: string;
  readonly price: string;
  readonly tax: string;
  readonly currency: string;
  readonly isInvoiced: boolean;
  readonly lastDay: string;
  readonly amount: string;
  readonly fee: string;
  readonly withTax: boolean;
  readonly toCustomer: string;
  readonly toWallet: string;
  readonly counter: string;
  readonly worth: string;
  readonly approver: string;
  readonly reason: string;
}

export const EMPTY: Draft = {
  wallet: "",
  kind: "purchased",
  units: "",
  price: "",
  tax: "",
  currency: "",
  isInvoiced: false,
  lastDay: "",
  amount: "",
  fee: "",
  withTax: true,
  toCustomer: "",
  toWallet: "",
  counter: "concession",
  worth: "",
  approver: "",
  reason: "",
};

/** What is wrong with a member of the form. */
export type Problems = Readonly<Partial<Record<string, string>>>;

/** A reader of what was typed as a number: a canonical decimal, or what is wrong with it. */
export type ReadNumber = (text: string) => { value: string } | { problem: string };

/** The members that are numbers. */
const NUMBERS = ["units", "price", "tax", "amount", "fee", "worth"] as const;

/** Reads a draft as an act; or says what is wrong where. */
export function actOf(
  begun: Begun,
  draft: Draft,
  readNumber: ReadNumber,
): { act: Act } | { problems: Problems } {
  const problems: Record<string, string> = {};
  const numbers: Partial<Record<string, string>> = {};
  for (const name of NUMBERS) {
    const text = draft[name].trim();
    if (text !== "" && isAsked(begun.act, name)) {
      const read = readNumber(text);
      if ("problem" in read) {
        problems[name] = read.problem;
      } else {
        numbers[name] = read.value;
      }
    }
  }
  const needs = (name: string, value: string | undefined, what: string) => {
    if ((value ?? "").trim() === "" && problems[name] === undefined) {
      problems[name] = what;
    }
  };
  if (begun.act === "grant" || begun.act === "adjust") {
    needs("units", numbers.units, "Say how many units.");
  }
  if (begun.act === "extend") {
    needs("expires_at", draft.lastDay, "Say the last day on which the units can be used.");
  }
  if (begun.act === "adjust") {
    needs("approver", draft.approver, "Say who approved it: somebody else than you.");
    needs("reason", draft.reason, "Say why.");
  }
  if (Object.keys(problems).length > 0) {
    return { problems };
  }
  return { act: made(begun, draft, numbers) };
}

const ASKED: Readonly<Record<Begun["act"], readonly string[]>> = {
  grant: ["units", "price", "tax"],
  refund: ["units", "amount", "fee"],
  transfer: ["units"],
  extend: [],
  adjust: ["units", "worth"],
};

function isAsked(act: Begun["act"], name: string): boolean {
  return ASKED[act].includes(name);
}

function made(begun: Begun, draft: Draft, numbers: Partial<Record<string, string>>): Act {
  const given = (text: string) => (text.trim() === "" ? null : text.trim());
  const units = numbers.units ?? null;
  switch (begun.act) {
    case "grant":
      return {
        act: "grant",
        wallet: draft.wallet,
        kind: draft.kind,
        units: units ?? "",
        price: numbers.price ?? null,
        tax: numbers.tax ?? null,
        currency: numbers.price === undefined ? null : given(draft.currency),
        invoiced: draft.isInvoiced,
        last_day: given(draft.lastDay),
      };
    case "refund":
      return {
        act: "refund",
        lot: begun.lot.lot,
        units,
        amount: numbers.amount ?? null,
        fee: numbers.fee ?? null,
        with_tax: draft.withTax,
      };
    case "transfer":
      return {
        act: "transfer",
        lot: begun.lot.lot,
        units,
        to_customer: given(draft.toCustomer),
        to_wallet: given(draft.toWallet),
      };
    case "extend":
      return { act: "extend", lot: begun.lot.lot, last_day: draft.lastDay.trim() };
    case "adjust":
      return {
        act: "adjust",
        lot: begun.lot.lot,
        units: units ?? "",
        counter: draft.counter,
        worth: numbers.worth ?? null,
        currency: numbers.worth === undefined ? null : given(draft.currency),
        approver: draft.approver.trim(),
      };
  }
}

/** Where the members of operations stand on the form of an act. */
export function problemsOf(failure: Failure | null): Problems {
  return Object.fromEntries(
    (failure?.problems ?? []).map(({ place, message }) => [place, message]),
  );
}

/** The act in words, as its button names it: `Refund 90.00 EUR`. */
export function nameOf(
  begun: Begun,
  draft: Draft,
  preview: ActPreview,
  write: (amount: string) => string,
  writeDay: (day: string) => string,
): string {
  const sum = (amounts: readonly UnitAmount[]) =>
    amounts.map(({ amount, unit }) => `${write(size(amount))} ${unit}`).join(" and ");
  switch (begun.act) {
    case "grant":
      return `Grant ${sum(preview.units)}`;
    case "refund":
      return `Refund ${sum(preview.paid_back.length > 0 ? preview.paid_back : preview.units)}`;
    case "transfer": {
      const to = [draft.toCustomer.trim(), draft.toWallet.trim()].filter((name) => name !== "");
      return `Transfer to ${to.join(", ")}`;
    }
    case "extend":
      return `Extend through ${writeDay(draft.lastDay.trim())}`;
    case "adjust": {
      const takes = preview.units.some(({ amount }) => amount.startsWith("-"));
      return `${takes ? "Take away" : "Add"} ${sum(preview.units)}`;
    }
  }
}

/** An amount without its sign. */
function size(amount: string): string {
  return amount.replace(/^-/, "");
}
