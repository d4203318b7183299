/** The customers of a list, page by page, as they come into sight. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import {
  type CustomerLine,
  type CustomersIndex,
  type CustomersWanted,
  commands,
  type Failure,
  question,
} from "../../host";

/** A page is asked for once it has been in sight for so long, so that flying past asks for nothing. */
const SETTLED_MS = 60;

export interface Customers {
  readonly index: CustomersIndex | undefined;
  readonly isPending: boolean;
  readonly failure: Failure | null;
  readonly rowAt: (place: number) => CustomerLine | undefined;
  readonly onSeen: (first: number, end: number) => void;
}

export function useCustomers(wanted: CustomersWanted): Customers {
  const index = useQuery({
    ...question(["customers", "index", wanted], () => commands.customersIndex(wanted)),
    // What is shown stays until what was asked for is there.
    placeholderData: (before: CustomersIndex | undefined) => before,
  });
  const [seen, setSeen] = useState({ first: 0, end: 0 });
  const settled = useSettled(seen);
  const size = index.data?.page ?? 1;
  const pages = pagesOf(settled.first, settled.end, index.data?.matching ?? 0, size);
  const results = useQueries({
    queries: pages.map((page) =>
      question(["customers", "page", wanted, page], () =>
        commands.customersPage(wanted, page * size),
      ),
    ),
  });
  const byPage = new Map(pages.map((page, n) => [page, results[n]?.data]));
  const rowAt = (place: number) => byPage.get(Math.floor(place / size))?.[place % size];
  const onSeen = useCallback((first: number, end: number) => setSeen({ first, end }), []);
  const failed = results.find((result) => result.isError);
  return {
    index: index.data,
    isPending: index.isPending,
    failure: index.error ?? failed?.error ?? null,
    rowAt,
    onSeen,
  };
}

/** The pages that hold these places. */
export function pagesOf(first: number, end: number, count: number, size: number): number[] {
  const last = Math.min(end, count) - 1;
  if (last < first) {
    return [];
  }
  const from = Math.floor(first / size);
  return Array.from({ length: Math.floor(last / size) - from + 1 }, (_, n) => from + n);
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
