/** The entries of a list, page by page, as they come into sight. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { commands, type Failure, type LedgerEntry, type LedgerFilter, question } from "../../host";

/** A page is asked for once it has been in sight for so long, so that flying past asks for nothing. */
const SETTLED_MS = 60;

export interface Entries {
  readonly count: number;
  readonly kinds: readonly string[];
  readonly isPending: boolean;
  readonly failure: Failure | null;
  /** The entry at a place of the list, or undefined while it is on its way. */
  readonly entryAt: (place: number) => LedgerEntry | undefined;
  readonly onSeen: (first: number, end: number) => void;
}

/** Entries that match, the latest first. */
export function useEntries(filter: LedgerFilter): Entries {
  const index = useQuery(question(["ledger", "index", filter], () => commands.ledgerIndex(filter)));
  const [seen, setSeen] = useState({ first: 0, end: 0 });
  const settled = useSettled(seen);
  const count = index.data?.count ?? 0;
  const size = index.data?.page ?? 1;
  const pages = pagesOf(settled.first, settled.end, count, size);
  const results = useQueries({
    queries: pages.map((page) => {
      const start = index.data?.starts[page] ?? "0";
      return question(["ledger", "page", filter, start], () => commands.ledgerPage(filter, start));
    }),
  });
  const byPage = new Map(pages.map((page, n) => [page, results[n]?.data]));
  const entryAt = (place: number) => {
    const at = count - 1 - place;
    return byPage.get(Math.floor(at / size))?.[at % size];
  };
  const onSeen = useCallback((first: number, end: number) => setSeen({ first, end }), []);
  const failed = results.find((result) => result.isError);
  return {
    count,
    kinds: index.data?.kinds ?? [],
    isPending: index.isPending,
    failure: index.error ?? failed?.error ?? null,
    entryAt,
    onSeen,
  };
}

/** The pages that hold these places; the list shows the latest entry first, pages begin at the oldest. */
export function pagesOf(first: number, end: number, count: number, size: number): number[] {
  if (end <= first || count === 0) {
    return [];
  }
  const oldest = Math.floor(Math.max(0, count - end) / size);
  const latest = Math.floor(Math.max(0, count - 1 - first) / size);
  return Array.from({ length: latest - oldest + 1 }, (_, n) => oldest + n);
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
