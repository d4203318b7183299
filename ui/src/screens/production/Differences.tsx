/** What a comparison with production found, down to the entry. */
import { Fragment, type ReactNode } from "react";
import { monthLabel } from "../../format/instant";
import type {
  EntryApart,
  OperationIn,
  OperationsApart,
  Reconciled,
  ReconciledEntry,
  WorkspaceStatus,
} from "../../host";
import { Amount, Count, Day, Moment } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import { words } from "../../parts/words";
import { hrefOf } from "../../router";
import { useLocale } from "../../settings";
import css from "./production.module.css";

/** What is compared: this copy, and production. */
const SIDES = ["here", "there"] as const;
type Side = (typeof SIDES)[number];

interface DifferencesProps {
  readonly found: Reconciled;
  readonly status: WorkspaceStatus;
}

export function Differences({ found, status }: DifferencesProps) {
  return (
    <section aria-labelledby="compared" className={css.production}>
      <div>
        <h2 id="compared">{headline(found)}</h2>
        <p className={css.hint}>
          Compared on <Moment at={found.at} zone={status.zone ?? "UTC"} precision="second" />: every
          chain of entries, the balance of every account in every month, every operation, the
          configuration in force and closed periods. {advice(found)}
        </p>
      </div>
      <Sides found={found} />
      {found.customers.length > 0 && <Customers found={found} />}
      {found.months.length > 0 && <Months found={found} />}
      {found.operations.count !== "0" && (
        <Operations apart={found.operations} zone={status.zone ?? "UTC"} />
      )}
      {found.settings.length > 0 && <Settings found={found} />}
    </section>
  );
}

function headline(found: Reconciled): string {
  if (found.agrees) {
    return "They are the same";
  }
  return found.is_behind ? "The copy is behind" : "They differ";
}

function advice(found: Reconciled): string {
  switch (found.cure) {
    case "nothing":
      return "Both end in the same checkpoint.";
    case "pull":
      return "The copy has nothing that production has not; a pull closes the gap.";
    case "pull_from_the_start":
      return "The copy has nothing that production has not, but a plain pull does not go on: the ledger is on another server than before, was recovered there, or sent what does not follow. A pull from the start does.";
    default:
      return found.own === null
        ? "This copy is not one of that ledger."
        : `${capitalised(found.own)}. Where production was restored from a backup, follow it in a new folder and enter again what only this copy has.`;
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

interface ComparedProps {
  readonly label: string;
  /** Its columns; those that are named here again hold numbers. */
  readonly columns: readonly string[];
  readonly numbers: readonly string[];
  readonly children: ReactNode;
}

/** A table of what was compared, which scrolls by itself where it is wide. */
function Compared({ label, columns, numbers, children }: ComparedProps) {
  return (
    <div className={css.scroll}>
      <table className={table.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column}
                scope="col"
                className={numbers.includes(column) ? table.number : undefined}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Sides({ found }: { readonly found: Reconciled }) {
  return (
    <Compared
      label="Both ledgers"
      columns={["Ledger", "Customers", "Entries", "Checkpoint"]}
      numbers={["Customers", "Entries"]}
    >
      {SIDES.map((side) => {
        const { ledger, chains, entries, checkpoint } = found[side];
        return (
          <tr key={side}>
            <th scope="row">{side === "here" ? "this copy" : ledger}</th>
            <td className={table.number}>
              <Count value={chains} />
            </td>
            <td className={table.number}>
              <Count value={entries} />
            </td>
            <td title={checkpoint}>
              <code>{checkpoint.slice(0, 16)}</code>
            </td>
          </tr>
        );
      })}
    </Compared>
  );
}

function Customers({ found }: { readonly found: Reconciled }) {
  return (
    <Compared
      label="Entries that differ"
      columns={["Customer", "No.", "In", "Day", "Kind", "Entry"]}
      numbers={["No."]}
    >
      {found.customers.map(({ customer, entries, more }) => (
        <Fragment key={customer}>
          {entries.flatMap((entry) =>
            SIDES.map((side) => (
              <Row key={`${entry.number} ${side}`} {...{ customer, entry, side }} />
            )),
          )}
          {more !== "0" && (
            <tr>
              <td colSpan={6} className={table.muted}>
                and <Count value={more} /> more of {customer}
              </td>
            </tr>
          )}
        </Fragment>
      ))}
    </Compared>
  );
}

interface RowProps {
  readonly customer: string;
  readonly entry: EntryApart;
  readonly side: Side;
}

/** An entry as one of both has it. Where only the other has it, that is said. */
function Row({ customer, entry, side }: RowProps) {
  const one: ReconciledEntry | null = entry[side];
  const first = side === "here";
  return (
    <tr>
      <td>{first && <a href={hrefOf("customers", { customer })}>{customer}</a>}</td>
      <td className={table.number}>{first && <Count value={entry.number} />}</td>
      <td className={css.side}>{first ? "this copy" : "production"}</td>
      {one === null ? (
        <td colSpan={3} className={table.muted}>
          nothing
        </td>
      ) : (
        <>
          <td>
            <Day day={one.booked_on} />
          </td>
          <td>{words(one.kind)}</td>
          <td className={css.memo}>
            {first ? (
              <a href={hrefOf("ledger", { customer, operation: one.operation })}>{one.memo}</a>
            ) : (
              one.memo
            )}
          </td>
        </>
      )}
    </tr>
  );
}

const IN: Readonly<Record<OperationIn, string>> = {
  here: "this copy only",
  there: "production only",
  both: "both, with another content",
};

function Operations({ apart, zone }: { readonly apart: OperationsApart; readonly zone: string }) {
  return (
    <Compared
      label="Operations that differ"
      columns={["Operation", "In", "Kind", "Customer", "By", "At"]}
      numbers={[]}
    >
      {apart.listed.map(({ operation, is_in, kind, customer, actor, at }) => (
        <tr key={operation}>
          <td>
            {is_in === "there" ? (
              operation
            ) : (
              <a href={hrefOf("ledger", { operation })}>{operation}</a>
            )}
          </td>
          <td className={css.side}>{IN[is_in]}</td>
          <td>{words(kind)}</td>
          <td>{customer !== null && <a href={hrefOf("customers", { customer })}>{customer}</a>}</td>
          <td>{actor}</td>
          <td>
            <Moment at={at} zone={zone} precision="minute" />
          </td>
        </tr>
      ))}
      {apart.more !== "0" && (
        <tr>
          <td colSpan={6} className={table.muted}>
            and <Count value={apart.more} /> more
          </td>
        </tr>
      )}
    </Compared>
  );
}

function Settings({ found }: { readonly found: Reconciled }) {
  return (
    <Compared
      label="Configuration and closed periods that differ"
      columns={["What", "This copy", "Production"]}
      numbers={[]}
    >
      {found.settings.map(({ what, here, there }) => (
        <tr key={what}>
          <th scope="row">{what}</th>
          <td>{here ?? "nothing"}</td>
          <td>{there ?? "nothing"}</td>
        </tr>
      ))}
    </Compared>
  );
}

function Months({ found }: { readonly found: Reconciled }) {
  const locale = useLocale();
  return (
    <Compared
      label="Months that differ"
      columns={["Month", "Account", "This copy", "Production", "Unit"]}
      numbers={["This copy", "Production"]}
    >
      {found.months.map(({ month, account, unit, here, there }) => (
        <tr key={`${month} ${account} ${unit}`}>
          <td>{monthLabel(month, locale)}</td>
          <td>{account}</td>
          {[here, there].map((value, side) => (
            <td key={SIDES[side]} className={table.number}>
              <Amount value={value} />
            </td>
          ))}
          <td>{unit}</td>
        </tr>
      ))}
    </Compared>
  );
}
