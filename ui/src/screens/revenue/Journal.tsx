/** The journal: the entries of the months, with the debits and credits of one at the right. */
import { useEffect, useMemo, useState } from "react";
import type { AskedReport, LedgerEntry, LedgerFilter } from "../../host";
import { useInspector } from "../../inspector";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count, Day } from "../../parts/Figure";
import { type LongColumn, LongTable } from "../../parts/LongTable";
import { Skeleton } from "../../parts/Skeleton";
import { words } from "../../parts/words";
import { EntryDetail } from "../ledger/EntryDetail";
import { useEntries } from "../ledger/useEntries";
import { lastDayOf } from "./asked";
import { EntryUsage } from "./EntryUsage";
import css from "./MakeUp.module.css";

const COLUMNS: readonly LongColumn<LedgerEntry>[] = [
  { name: "Booked", width: "12ch", cell: (e) => <Day day={e.booked_on} /> },
  {
    name: "Customer",
    width: "minmax(10ch, 1fr)",
    cell: (e) => e.customer,
    title: (e) => e.customer,
  },
  { name: "Entry", width: "8ch", isNumber: true, cell: (e) => <Count value={e.number} /> },
  { name: "Kind", width: "16ch", cell: (e) => words(e.kind) },
  { name: "Memo", width: "minmax(14ch, 3fr)", cell: (e) => e.memo, title: (e) => e.memo },
  {
    name: "Lines",
    width: "7ch",
    isNumber: true,
    cell: (e) => <Count value={String(e.postings.length)} />,
  },
  { name: "Late", width: "6ch", cell: (e) => (e.late ? "late" : "") },
];

export function Journal({ asked, zone }: { readonly asked: AskedReport; readonly zone: string }) {
  const { from, to, as_of } = asked;
  const filter = useMemo<LedgerFilter>(
    () => ({
      customer: null,
      kind: null,
      booked_from: `${from}-01`,
      booked_to: lastDayOf(to),
      operation: null,
      wallet: null,
      lot: null,
      as_of,
    }),
    [from, to, as_of],
  );
  const { inspect } = useInspector();
  const { count, isPending, failure, rowAt, onSeen } = useEntries(filter);
  const [selected, setSelected] = useState<number | null>(null);
  const entry = selected === null ? undefined : rowAt(selected);
  useEffect(() => {
    setSelected(null);
    inspect(null);
  }, [filter, inspect]);
  // Another report says nothing of this entry.
  useEffect(() => () => inspect(null), [inspect]);
  useEffect(() => {
    if (entry !== undefined) {
      const { kind, customer, number, seq } = entry;
      inspect({
        title: `${words(kind)}, ${customer} ${number}`,
        content: (
          <div className={css.level}>
            <EntryDetail entry={entry} zone={zone} />
            <EntryUsage key={seq} customer={customer} seq={seq} lot={null} zone={zone} />
          </div>
        ),
      });
    }
  }, [entry, zone, inspect]);
  if (failure !== null) {
    return <FailureNotice failure={failure} />;
  }
  if (isPending) {
    return <Skeleton label="Reading entries" rows={16} />;
  }
  return count === 0 ? (
    <div style={{ padding: "0 var(--space-5)" }}>
      <Empty title="Nothing was booked">
        There are no entries in these months; choose others above.
      </Empty>
    </div>
  ) : (
    <LongTable
      label="Journal, the latest first"
      columns={COLUMNS}
      count={count}
      rowAt={rowAt}
      onSeen={onSeen}
      selected={selected}
      onSelect={setSelected}
    />
  );
}
