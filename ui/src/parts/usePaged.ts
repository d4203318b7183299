/** A long list that the host keeps in pages from the oldest, shown with the latest first. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Failure, question } from "../host";

/** After a flight a page is asked for once it has been in sight for so long: what is passed is not. */
const SETTLED_MS = 60;

/** How a list falls into pages. */
interface PageIndex {
  readonly count: number;
  readonly page: number;
  readonly starts: readonly string[];
}

interface Pages<Index extends PageIndex, Row> {
  /** What is listed: the beginning of every question's key. */
  readonly key: readonly unknown[];
  readonly askIndex: () => Promise<Index>;
  readonly askPage: (start: string) => Promise<readonly Row[]>;
}

export interface Paged<Index, Row> {
  readonly count: number;
  readonly index: Index | undefined;
  readonly isPending: boolean;
  readonly failure: Failure | null;
  /** The row at a place of the list, or undefined while it is on its way. */
  readonly rowAt: (place: number) => Row | undefined;
  readonly onSeen: (first: number, end: number) => void;
}

export function usePaged<Index extends PageIndex, Row>(
  pages: Pages<Index, Row>,
): Paged<Index, Row> {
  const { key, askIndex, askPage } = pages;
  const index = useQuery(question([...key, "index"], askIndex));
  const [seen, setSeen] = useState({ first: 0, end: 0 });
  const count = index.data?.count ?? 0;
  const size = index.data?.page ?? 1;
  const ahead = Math.floor(size / 2);
  const { first, end } = useFollowed(seen, ahead);
  // Half a page around what is seen, so that the wheel meets rows that are there.
  const wanted = pagesOf(Math.max(0, first - ahead), end === 0 ? 0 : end + ahead, count, size);
  const results = useQueries({
    queries: wanted.map((page) => {
      const start = index.data?.starts[page] ?? "0";
      return question([...key, "page", start], () => askPage(start));
    }),
  });
  const byPage = new Map(wanted.map((page, n) => [page, results[n]?.data]));
  const rowAt = (place: number) => {
    const at = count - 1 - place;
    return byPage.get(Math.floor(at / size))?.[at % size];
  };
  const onSeen = useCallback((first: number, end: number) => setSeen({ first, end }), []);
  const failed = results.find((result) => result.isError);
  return {
    count,
    index: index.data,
    isPending: index.isPending,
    failure: index.error ?? failed?.error ?? null,
    rowAt,
    onSeen,
  };
}

/** The pages that hold these places; the list shows the latest first, pages begin at the oldest. */
export function pagesOf(first: number, end: number, count: number, size: number): number[] {
  if (end <= first || count === 0) {
    return [];
  }
  const oldest = Math.floor(Math.max(0, count - end) / size);
  const latest = Math.floor(Math.max(0, count - 1 - first) / size);
  return Array.from({ length: latest - oldest + 1 }, (_, n) => oldest + n);
}

interface Seen {
  readonly first: number;
  readonly end: number;
}

/** What is seen: at once while one scrolls, and where a flight over many rows ends. */
function useFollowed(seen: Seen, stride: number): Seen {
  const [followed, setFollowed] = useState(seen);
  const before = useRef(seen);
  useEffect(() => {
    const isFlight = isFlown(before.current, seen, stride);
    before.current = seen;
    if (!isFlight) {
      setFollowed(seen);
      return;
    }
    const timer = setTimeout(() => setFollowed(seen), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [seen, stride]);
  return followed;
}

/** Whether more rows were passed between two frames than a wheel passes. */
export function isFlown(before: Seen, seen: Seen, stride: number): boolean {
  return Math.abs(seen.first - before.first) > Math.max(1, stride);
}
