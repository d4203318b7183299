/** The entries that an act would write: debits and credits, line by line. */
import { useId } from "react";
import type { ActEntry } from "../host";
import css from "./EntriesToCome.module.css";
import { Amount, Day } from "./Figure";
import table from "./table.module.css";
import { words } from "./words";

interface EntriesToComeProps {
  readonly entries: readonly ActEntry[];
  /** The customer of the page, who needs no name; another one is named. */
  readonly of: string | null;
  /** What they are, where that is not what the books will write. */
  readonly title?: string;
}

export function EntriesToCome({ entries, of, title }: EntriesToComeProps) {
  const id = useId();
  return (
    <section className={css.entries} aria-labelledby={id}>
      <h3 id={id}>{title ?? titleOf(entries.length)}</h3>
      {entries.length === 0 && <p>None: the books record the act and nothing moves.</p>}
      {entries.map((entry) => (
        <div key={entry.hash}>
          <p className={css.memo}>
            {words(entry.kind)}
            {entry.customer !== of && `, ${entry.customer}`}, <Day day={entry.booked_on} />:{" "}
            {entry.memo}
          </p>
          <table className={table.table}>
            <caption className="visually-hidden">
              Lines of the entry {words(entry.kind)} of {entry.customer}
            </caption>
            <thead>
              <tr>
                <th scope="col">Account</th>
                <th scope="col" className={table.number}>
                  Debit
                </th>
                <th scope="col" className={table.number}>
                  Credit
                </th>
                <th scope="col">Unit</th>
              </tr>
            </thead>
            <tbody>
              {entry.postings.map((posting, line) => {
                const isCredit = posting.amount.startsWith("-");
                const amount = <Amount value={posting.amount.replace(/^-/, "")} />;
                return (
                  <tr key={line}>
                    <td className={css.account}>
                      {posting.number} {posting.name}
                      {posting.lot !== null && <span> lot {posting.lot}</span>}
                    </td>
                    <td className={table.number}>{!isCredit && amount}</td>
                    <td className={table.number}>{isCredit && amount}</td>
                    <td>{posting.unit}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      ))}
    </section>
  );
}

function titleOf(count: number): string {
  if (count === 0) {
    return "No entry";
  }
  return `${count === 1 ? "The entry" : `The ${count} entries`} that the books will write`;
}
