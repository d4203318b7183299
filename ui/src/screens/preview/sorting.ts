/** Customers of a preview in the order of any effect. */
import { compare, decimal } from "../../format/decimal";
import type { ChangedCustomer } from "../../host";

export type SortKey = "customer" | "baseline" | "scenario" | "difference" | "percent" | "dry";

export interface Sorting {
  readonly key: SortKey;
  readonly isRising: boolean;
}

/** Sorted by a column; what has no figure there stands last either way. */
export function sorted(
  customers: readonly ChangedCustomer[],
  { key, isRising }: Sorting,
): ChangedCustomer[] {
  const sign = isRising ? 1 : -1;
  return [...customers].sort((a, b) => {
    const [left, right] = [effectOf(a, key), effectOf(b, key)];
    if (left === null || right === null) {
      return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    }
    const order =
      key === "customer" || key === "dry"
        ? left.localeCompare(right)
        : compare(decimal(left), decimal(right));
    return order * sign || a.customer.localeCompare(b.customer);
  });
}

function effectOf(customer: ChangedCustomer, key: SortKey): string | null {
  return key === "dry" ? customer.dry_after : customer[key];
}
