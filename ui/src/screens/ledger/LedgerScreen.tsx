/** The ledger: every entry, the latest first, with its lines and its hash at the right. */
import { useEffect, useMemo, useState } from "react";
import { useAsOf } from "../../asOf";
import type { LedgerEntry, LedgerFilter } from "../../host";
import { useInspector } from "../../inspector";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count, Day } from "../../parts/Figure";
import { type LongColumn, LongTable } from "../../parts/LongTable";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { words } from "../../parts/words";
import type { ScreenProps } from "../screen";
import { EntryDetail } from "./EntryDetail";
import { LedgerFilters } from "./LedgerFilters";
import { useEntries } from "./useEntries";
import { VerifyPanel } from "./VerifyPanel";

const COLUMNS: readonly LongColumn<LedgerEntry>[] = [
  { name: "Place", width: "8ch", isNumber: true, cell: (e) => <Count value={e.seq} /> },
  { name: "Booked", width: "11ch", cell: (e) => <Day day={e.booked_on} /> },
  {
    name: "Customer",
    width: "minmax(9ch, 1fr)",
    cell: (e) => e.customer,
    title: (e) => e.customer,
  },
  { name: "No.", width: "8ch", isNumber: true, cell: (e) => <Count value={e.number} /> },
  { name: "Kind", width: "14ch", cell: (e) => words(e.kind), title: (e) => words(e.kind) },
  { name: "Memo", width: "minmax(12ch, 3fr)", cell: (e) => e.memo, title: (e) => e.memo },
  {
    name: "Hash",
    width: "10ch",
    cell: (e) => <code>{e.hash.slice(0, 8)}</code>,
    title: (e) => e.hash,
  },
];

export function LedgerScreen({ status, params }: ScreenProps) {
  const { asOf } = useAsOf();
  const { inspect } = useInspector();
  const filter = useMemo(() => filterOf(params, asOf), [params, asOf]);
  const { count, index, isPending, failure, rowAt, onSeen } = useEntries(filter);
  const [selected, setSelected] = useState<number | null>(null);
  const entry = selected === null ? undefined : rowAt(selected);
  const zone = status.zone ?? "UTC";
  useEffect(() => {
    setSelected(null);
    inspect(null);
  }, [filter, inspect]);
  useEffect(() => {
    if (entry !== undefined) {
      const title = `${words(entry.kind)}, ${entry.customer} ${entry.number}`;
      inspect({ title, content: <EntryDetail entry={entry} zone={zone} /> });
    }
  }, [entry, zone, inspect]);
  return (
    <Page
      title="Ledger"
      fills
      state={
        !isPending && (
          <span role="status">
            <Count value={String(count)} /> {count === 1 ? "entry" : "entries"}
          </span>
        )
      }
      acts={<VerifyPanel />}
      filters={<LedgerFilters params={params} kinds={index?.kinds ?? []} />}
    >
      {failure !== null && <FailureNotice failure={failure} />}
      {failure === null && isPending && <Skeleton label="Reading entries" rows={16} />}
      {failure === null && !isPending && count === 0 && <Nothing isWhole={isWhole(params)} />}
      {failure === null && count > 0 && (
        <LongTable
          label="Entries, the latest first"
          columns={COLUMNS}
          count={count}
          rowAt={rowAt}
          onSeen={onSeen}
          selected={selected}
          onSelect={setSelected}
        />
      )}
    </Page>
  );
}

function Nothing({ isWhole: whole }: { readonly isWhole: boolean }) {
  return (
    <div style={{ padding: "0 var(--space-5)" }}>
      {whole ? (
        <Empty title="No entries yet">
          Every purchase, burn and expiry will be an entry here, with its lines and its hash.
        </Empty>
      ) : (
        <Empty title="No entry matches">
          Customer, operation and lot are matched as a whole; take one of the filters away.
        </Empty>
      )}
    </div>
  );
}

function isWhole(params: Readonly<Record<string, string>>): boolean {
  return Object.keys(params).length === 0;
}

function filterOf(params: Readonly<Record<string, string>>, asOf: string | null): LedgerFilter {
  return {
    customer: params.customer ?? null,
    kind: params.kind ?? null,
    booked_from: params.from ?? null,
    booked_to: params.to ?? null,
    operation: params.operation ?? null,
    wallet: params.wallet ?? null,
    lot: params.lot ?? null,
    as_of: asOf,
  };
}
