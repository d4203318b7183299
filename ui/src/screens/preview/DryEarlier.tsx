/** Customers whose units run out earlier than they did. */
import type { DryCustomer } from "../../host";
import { Day } from "../../parts/Figure";
import table from "../../parts/table.module.css";

/** As many are listed; the rest are counted. */
const LISTED = 50;

export function DryEarlier({ customers }: { readonly customers: readonly DryCustomer[] }) {
  const more = customers.length - LISTED;
  return (
    <section aria-labelledby="preview-dry">
      <h2 id="preview-dry">Run dry earlier</h2>
      {customers.length === 0 ? (
        <p className={table.muted}>No customer does.</p>
      ) : (
        <table className={table.table} aria-labelledby="preview-dry">
          <thead>
            <tr>
              <th scope="col">Scenario</th>
              <th scope="col">Customer</th>
              <th scope="col">Baseline</th>
              <th scope="col">Scenario</th>
            </tr>
          </thead>
          <tbody>
            {customers.slice(0, LISTED).map(({ scenario, customer, before, after }) => (
              <tr key={`${scenario} ${customer}`}>
                <td>{scenario}</td>
                <th scope="row">{customer}</th>
                <td>{before === null ? "not at all" : <Day day={before} />}</td>
                <td>
                  <Day day={after} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {more > 0 && <p className={table.muted}>and {more} more; sort the customers by “dry on”.</p>}
    </section>
  );
}
