/** What a comparison with production found, down to the entry. */
import type { EntryApart, Reconciled, ReconciledEntry, WorkspaceStatus } from "../../host";
import { Amount, Count, Day, Moment } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import { words } from "../../parts/words";
import { hrefOf } from "../../router";
import css from "./production.module.css";

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
          chain of entries, and the balance of every account in every month. {advice(found)}
        </p>
      </div>
      <Sides found={found} />
      {found.customers.length > 0 && <Customers found={found} />}
      {found.months.length > 0 && <Months found={found} />}
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
  if (found.agrees) {
    return "Both end in the same checkpoint.";
  }
  return found.is_behind
    ? "The copy has nothing that production has not; a pull closes the gap."
    : "The copy has entries that production does not have. Where production was restored from a backup, follow it in a new folder and enter again what only this copy has.";
}

function Sides({ found }: { readonly found: Reconciled }) {
  return (
    <div className={css.scroll}>
      <table className={table.table} aria-label="Both ledgers">
        <thead>
          <tr>
            <th scope="col">Ledger</th>
            <th scope="col" className={table.number}>
              Customers
            </th>
            <th scope="col" className={table.number}>
              Entries
            </th>
            <th scope="col">Checkpoint</th>
          </tr>
        </thead>
        <tbody>
          {[found.here, found.there].map((side, index) => (
            <tr key={side.ledger}>
              <th scope="row">{index === 0 ? "this copy" : side.ledger}</th>
              <td className={table.number}>
                <Count value={side.chains} />
              </td>
              <td className={table.number}>
                <Count value={side.entries} />
              </td>
              <td title={side.checkpoint}>
                <code>{side.checkpoint.slice(0, 16)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Customers({ found }: { readonly found: Reconciled }) {
  return (
    <div className={css.scroll}>
      <table className={table.table} aria-label="Entries that differ">
        <thead>
          <tr>
            <th scope="col">Customer</th>
            <th scope="col" className={table.number}>
              No.
            </th>
            <th scope="col">In</th>
            <th scope="col">Day</th>
            <th scope="col">Kind</th>
            <th scope="col">Entry</th>
          </tr>
        </thead>
        <tbody>
          {found.customers.flatMap(({ customer, entries, more }) => [
            ...entries.flatMap((entry) => [
              <Row
                key={`${customer} ${entry.number} here`}
                {...{ customer, entry, side: "here" }}
              />,
              <Row
                key={`${customer} ${entry.number} there`}
                {...{ customer, entry, side: "there" }}
              />,
            ]),
            ...(more === "0"
              ? []
              : [
                  <tr key={`${customer} more`}>
                    <td colSpan={6} className={table.muted}>
                      and <Count value={more} /> more of {customer}
                    </td>
                  </tr>,
                ]),
          ])}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly customer: string;
  readonly entry: EntryApart;
  readonly side: "here" | "there";
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

function Months({ found }: { readonly found: Reconciled }) {
  return (
    <div className={css.scroll}>
      <table className={table.table} aria-label="Months that differ">
        <thead>
          <tr>
            <th scope="col">Month</th>
            <th scope="col">Account</th>
            <th scope="col" className={table.number}>
              This copy
            </th>
            <th scope="col" className={table.number}>
              Production
            </th>
            <th scope="col">Unit</th>
          </tr>
        </thead>
        <tbody>
          {found.months.map(({ month, account, unit, here, there }) => (
            <tr key={`${month} ${account} ${unit}`}>
              <td>{month}</td>
              <td>{account}</td>
              <td className={table.number}>
                <Amount value={here} />
              </td>
              <td className={table.number}>
                <Amount value={there} />
              </td>
              <td>{unit}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
