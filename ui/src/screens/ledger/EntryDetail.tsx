/** An entry in whole: its lines, what caused it, and what its hash stands on. */
import type { LedgerEntry, LedgerPosting } from "../../host";
import { Amount, Day, Moment } from "../../parts/Figure";
import { hrefOf } from "../../router";
import css from "./EntryDetail.module.css";

interface EntryDetailProps {
  readonly entry: LedgerEntry;
  readonly zone: string;
}

export function EntryDetail({ entry, zone }: EntryDetailProps) {
  return (
    <div className={css.detail}>
      <p>{entry.memo}</p>
      <table className={css.postings}>
        <caption className="visually-hidden">Postings; debits positive, credits negative</caption>
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col">Amount</th>
            <th scope="col">Unit</th>
          </tr>
        </thead>
        <tbody>
          {entry.postings.map((posting, line) => (
            <tr key={line}>
              <td>
                <span title={posting.account}>
                  {posting.number} {posting.name}
                </span>
                <Origin posting={posting} customer={entry.customer} />
              </td>
              <td>
                <Amount value={posting.amount} />
              </td>
              <td>{posting.unit}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl>
        <dt>Counts from</dt>
        <dd>
          <Moment at={entry.effective_at} zone={zone} precision="second" />
        </dd>
        <dt>Booked on</dt>
        <dd>
          <Day day={entry.booked_on} />
          {entry.late && ", late: its own day was closed"}
        </dd>
        <dt>Operation</dt>
        <dd>
          <a href={hrefOf("ledger", { operation: entry.operation })}>{entry.operation}</a>
        </dd>
        <dt>Customer</dt>
        <dd>
          <a href={hrefOf("ledger", { customer: entry.customer })}>{entry.customer}</a>, entry{" "}
          {entry.number} of its chain
        </dd>
        <dt>Hash</dt>
        <dd>
          <code>{entry.hash}</code>
        </dd>
        <dt>Follows</dt>
        <dd>
          <code>{entry.previous}</code>
        </dd>
        {entry.detail !== null && (
          <>
            <dt>Stands for the usage detail</dt>
            <dd>
              <code>{entry.detail}</code>
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

/** Where a line came from: lot, rate, day of the service. */
function Origin({
  posting,
  customer,
}: {
  readonly posting: LedgerPosting;
  readonly customer: string;
}) {
  return (
    <span className={css.origin}>
      {posting.lot !== null && (
        <a href={hrefOf("ledger", { customer, lot: posting.lot })}>lot {posting.lot}</a>
      )}
      {posting.lot === null && posting.wallet !== null && `wallet ${posting.wallet}`}
      {posting.rate !== null && ` rate ${posting.rate}`}
      {posting.service_day !== null && (
        <>
          {" "}
          service of <Day day={posting.service_day} />
        </>
      )}
    </span>
  );
}
