/** The entries of a wallet with its running balance, page by page, the latest first. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { commands, type Failure, question, type TimelineEntry } from "../../host";
import { pagesOf } from "../../parts/usePaged";

export interface Timeline {
  readonly count: number;
  readonly isPending: boolean;
  readonly failure: Failure | null;
  readonly rowAt: (place: number) => TimelineEntry | undefined;
  readonly onSeen: (first: number, end: number) => void;
}

export function useTimeline(customer: string, wallet: string, asOf: string | null): Timeline {
  const index = useQuery(
    question(["customers", "timeline", customer, wallet, asOf], () =>
      commands.timelinePages(customer, wallet, asOf),
    ),
  );
  const [seen, setSeen] = useState({ first: 0, end: 0 });
  const { count = 0, page: size = 1, starts = [] } = index.data ?? {};
  const pages = pagesOf(seen.first, seen.end, count, size);
  const results = useQueries({
    queries: pages.map((page) => {
      const begin = starts[page] ?? { after: "0", balance: "0" };
      return question(["customers", "timeline", customer, wallet, asOf, begin], () =>
        commands.timelinePage(customer, wallet, asOf, begin),
      );
    }),
  });
  const byPage = new Map(pages.map((page, n) => [page, results[n]?.data]));
  const rowAt = (place: number) => {
    const at = count - 1 - place;
    return byPage.get(Math.floor(at / size))?.[at % size];
  };
  const onSeen = useCallback((first: number, end: number) => setSeen({ first, end }), []);
  const failed = results.find((result) => result.isError);
  return {
    count,
    isPending: index.isPending,
    failure: index.error ?? failed?.error ?? null,
    rowAt,
    onSeen,
  };
}
