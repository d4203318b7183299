/** How the balance of a wallet came to be: its entries, the latest first, with the balance after each. */
import { useEffect, useState } from "react";
import type { TimelineEntry } from "../../host";
import { useInspector } from "../../inspector";
import { FailureNotice } from "../../parts/FailureNotice";
import { Amount, Count, Day } from "../../parts/Figure";
import { type LongColumn, LongTable } from "../../parts/LongTable";
import { Skeleton } from "../../parts/Skeleton";
import { words } from "../../parts/words";
import { hrefOf } from "../../router";
import { EntryDetail } from "../ledger/EntryDetail";
import css from "./Customers.module.css";
import { useTimeline } from "./useTimeline";

const COLUMNS: readonly LongColumn<TimelineEntry>[] = [
  { name: "Booked", width: "12ch", cell: ({ entry }) => <Day day={entry.booked_on} /> },
  { name: "Kind", width: "16ch", cell: ({ entry }) => words(entry.kind) },
  {
    name: "Memo",
    width: "minmax(14ch, 1fr)",
    cell: ({ entry }) => entry.memo,
    title: ({ entry }) => entry.memo,
  },
  {
    name: "Change",
    width: "14ch",
    isNumber: true,
    cell: ({ change }) => <Amount value={change} signed zero="dash" />,
  },
  {
    name: "Held",
    width: "12ch",
    isNumber: true,
    cell: ({ held }) => <Amount value={held} signed zero="dash" />,
  },
  {
    name: "Balance",
    width: "14ch",
    isNumber: true,
    cell: ({ balance }) => <Amount value={balance} />,
  },
];

interface TimelineProps {
  readonly customer: string;
  readonly wallet: string;
  readonly unit: string;
  readonly asOf: string | null;
  readonly zone: string;
}

export function Timeline({ customer, wallet, unit, asOf, zone }: TimelineProps) {
  const { inspect } = useInspector();
  const { count, isPending, failure, rowAt, onSeen } = useTimeline(customer, wallet, asOf);
  const [selected, setSelected] = useState<number | null>(null);
  const row = selected === null ? undefined : rowAt(selected);
  useEffect(() => {
    if (row !== undefined) {
      const { entry } = row;
      const title = `${words(entry.kind)}, ${entry.customer} ${entry.number}`;
      inspect({ title, content: <EntryDetail entry={entry} zone={zone} /> });
    }
  }, [row, zone, inspect]);
  return (
    <section aria-labelledby="timeline">
      <div className={css.head}>
        <h3 id="timeline">
          Entries of {wallet}, in {unit}
        </h3>
        <span>
          <Count value={String(count)} />, the latest first
        </span>
        <a href={hrefOf("ledger", { customer })}>all entries of {customer}</a>
      </div>
      {failure !== null && <FailureNotice failure={failure} />}
      {isPending && <Skeleton label="Reading entries" rows={6} />}
      {count > 0 && (
        <div className={css.timeline}>
          <LongTable
            label={`Entries of ${wallet}, the latest first`}
            columns={COLUMNS}
            count={count}
            rowAt={rowAt}
            onSeen={onSeen}
            selected={selected}
            onSelect={setSelected}
          />
        </div>
      )}
    </section>
  );
}
