/** What waits, counted by what it does and for whom. */
import type { OutboxItem } from "../../host";
import { words } from "../words";

/** Operations by what they are called when several wait. */
const THINGS: Readonly<Record<string, readonly [string, string]>> = {
  grant_credits: ["grant", "grants"],
  refund_grant: ["refund", "refunds"],
  transfer_units: ["transfer", "transfers"],
  extend_lot: ["extension", "extensions"],
  adjust_balance: ["adjustment", "adjustments"],
  apply_configuration: ["configuration", "configurations"],
  close_period: ["close of a period", "closes of periods"],
};

type Item = Pick<OutboxItem, "sort" | "operations" | "customers">;

function thingOf({ sort, operations }: Item): readonly [string, string] {
  if (sort === "request") {
    return ["request", "requests"];
  }
  if (sort !== "act") {
    return ["decision", "decisions"];
  }
  const kind = operations[0]?.kind ?? "";
  return THINGS[kind] ?? [words(kind), words(kind)];
}

/** `1 grant of acme and 2 configurations wait`. */
export function hintOf(items: readonly Item[]): string {
  const counts = new Map<string, { count: number; one: string; many: string; of: Set<string> }>();
  for (const item of items) {
    const [one, many] = thingOf(item);
    const found = counts.get(many) ?? { count: 0, one, many, of: new Set<string>() };
    found.count += 1;
    item.customers.forEach((customer) => {
      found.of.add(customer);
    });
    counts.set(many, found);
  }
  const told = [...counts.values()].map(({ count, one, many, of }) => {
    const [customer] = of;
    const whose = of.size === 1 ? ` of ${customer}` : "";
    return `${count} ${count === 1 ? one : many}${whose}`;
  });
  const last = told.pop() ?? "";
  const all = told.length === 0 ? last : `${told.join(", ")} and ${last}`;
  return `${all} ${items.length === 1 ? "waits" : "wait"}`;
}
