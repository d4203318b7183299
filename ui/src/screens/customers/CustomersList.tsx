/** The list of customers: found by name, plan, country or label, however many there are. */
import { useMemo, useState } from "react";
import { useAsOf } from "../../asOf";
import type { CustomerLine, CustomersWanted, WorkspaceStatus } from "../../host";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Amount, Count, Day } from "../../parts/Figure";
import { type LongColumn, LongTable } from "../../parts/LongTable";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { hrefOf, navigate } from "../../router";
import css from "./Customers.module.css";
import { ImportSheet } from "./ImportSheet";
import { ListFilters } from "./ListFilters";
import { useCustomers } from "./useCustomers";

/** Wallets that are named in a line if their numbers have the room; the rest are counted. */
const WALLETS_SHOWN = 2;

/** As many characters of numbers fit beside the beginnings of their units. */
const FIGURES_MAX = 16;

const COLUMNS: readonly LongColumn<CustomerLine>[] = [
  {
    name: "Name",
    width: "minmax(14ch, 2fr)",
    cell: (c) => (
      // The keys are the list's: Enter opens the line.
      <a href={hrefOf("customers", { customer: c.customer })} tabIndex={-1}>
        {c.name === "" ? c.customer : c.name}
      </a>
    ),
    title: (c) => c.name,
  },
  { name: "Code", width: "minmax(10ch, 1fr)", cell: (c) => c.customer, title: (c) => c.customer },
  { name: "Plan", width: "12ch", cell: (c) => c.plan ?? "", title: (c) => c.plan ?? "" },
  { name: "Country", width: "8ch", cell: (c) => c.country ?? "" },
  {
    name: "Usable",
    width: "minmax(22ch, 2fr)",
    isNumber: true,
    cell: usable,
    title: usableInWords,
  },
  {
    name: "Empty on",
    width: "12ch",
    cell: (c) => (c.runs_out === null ? "" : <Day day={c.runs_out} />),
  },
  {
    name: "Deferred",
    width: "16ch",
    isNumber: true,
    cell: (c) => (
      <span className={css.held}>
        {c.deferred.map(({ unit, amount }, n) => (
          <Held key={unit} amount={amount} unit={unit} isLast={n === c.deferred.length - 1} />
        ))}
      </span>
    ),
    title: (c) => c.deferred.map(({ unit, amount }) => `${amount} ${unit}`).join(", "),
  },
  { name: "Entries", width: "9ch", isNumber: true, cell: (c) => <Count value={c.entries} /> },
];

function usable(line: CustomerLine) {
  const first = line.wallets.slice(0, WALLETS_SHOWN);
  const length = first.reduce((sum, { available }) => sum + available.length, 0);
  const shown = length > FIGURES_MAX ? first.slice(0, 1) : first;
  const more = line.wallets.length - shown.length;
  return (
    <span className={css.held}>
      {shown.map(({ wallet, unit, available }, n) => (
        <Held key={wallet} amount={available} unit={unit} isLast={n === shown.length - 1} />
      ))}
      {more > 0 && <span className={css.whole}>and {more} more</span>}
    </span>
  );
}

interface HeldProps {
  readonly amount: string;
  readonly unit: string;
  readonly isLast: boolean;
}

/** An amount in its unit: the name of the unit gives way where both have no room, never the number. */
function Held({ amount, unit, isLast }: HeldProps) {
  return (
    <>
      <span className={css.whole}>
        <Amount value={amount} />
      </span>
      <span className={css.unit}>{unit}</span>
      {!isLast && <span className={css.comma}>,</span>}
    </>
  );
}

function usableInWords(line: CustomerLine): string {
  return line.wallets
    .map(({ wallet, unit, available }) => `${wallet}: ${available} ${unit}`)
    .join(", ");
}

interface CustomersListProps {
  readonly params: Readonly<Record<string, string>>;
  readonly status: WorkspaceStatus;
}

export function CustomersList({ params, status }: CustomersListProps) {
  const { asOf } = useAsOf();
  const wanted = useMemo<CustomersWanted>(
    () => ({
      search: params.search ?? "",
      plan: params.plan ?? null,
      country: params.country ?? null,
      tag: params.tag ?? null,
    }),
    [params],
  );
  const { index, isPending, failure, rowAt, onSeen } = useCustomers(wanted);
  const [selected, setSelected] = useState<number | null>(null);
  const open = (place: number) => {
    const line = rowAt(place);
    if (line !== undefined) {
      navigate("customers", { customer: line.customer });
    }
  };
  const matching = index?.matching ?? 0;
  const isFiltered = Object.keys(params).length > 0;
  return (
    <Page
      title="Customers"
      fills
      state={
        index !== undefined && (
          <span role="status">
            {isFiltered && (
              <>
                <Count value={String(matching)} /> of{" "}
              </>
            )}
            <Count value={String(index.total)} /> {index.total === 1 ? "customer" : "customers"}
          </span>
        )
      }
      acts={<ImportSheet zone={status.zone ?? "UTC"} />}
      filters={<ListFilters params={params} index={index} />}
    >
      {asOf !== null && (
        <p className={css.note}>
          The list shows every customer as they are now. A customer's own page is read at the
          instant that you chose.
        </p>
      )}
      {failure !== null && <FailureNotice failure={failure} />}
      {failure === null && isPending && <Skeleton label="Reading customers" rows={16} />}
      {failure === null && index !== undefined && matching === 0 && (
        <div className={css.nothing}>
          {index.total === 0 ? (
            <Empty title="No customers yet">
              Customers are part of the configuration: add them there, and they are listed here with
              what they hold.
            </Empty>
          ) : (
            <Empty title="No customer matches">
              Every word must occur in the name or the code; take a word or a filter away.
            </Empty>
          )}
        </div>
      )}
      {failure === null && matching > 0 && (
        <LongTable
          label="Customers, by code; Enter opens one"
          columns={COLUMNS}
          count={matching}
          rowAt={rowAt}
          onSeen={onSeen}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
        />
      )}
    </Page>
  );
}
