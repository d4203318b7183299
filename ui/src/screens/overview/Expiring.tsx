/** Credits that expire soon, and the revenue that their expiry would release. */
import type { ExpiringCredits, UnitAmount } from "../../host";
import { Amount, Count } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./OverviewScreen.module.css";

export function Expiring({ classes }: { readonly classes: readonly ExpiringCredits[] }) {
  return (
    <section aria-labelledby="expiring">
      <div className={css.head}>
        <h2 id="expiring">Expiring unless used</h2>
      </div>
      <table className={table.table} aria-labelledby="expiring">
        <thead>
          <tr>
            <th scope="col">Within</th>
            <th scope="col" className={table.number}>
              Lots
            </th>
            <th scope="col" className={table.number}>
              Customers
            </th>
            <th scope="col" className={table.number}>
              Units left
            </th>
            <th scope="col" className={table.number}>
              Would release
            </th>
          </tr>
        </thead>
        <tbody>
          {classes.map(({ days, lots, customers, units, revenue }) => (
            <tr key={days}>
              <th scope="row">{days} days</th>
              <td className={table.number}>
                <Count value={lots} />
              </td>
              <td className={table.number}>
                <Count value={customers} />
              </td>
              <td className={table.number}>
                <Amounts amounts={units} />
              </td>
              <td className={table.number}>
                <Amounts amounts={revenue} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** One amount a line: amounts of different units are never added. */
function Amounts({ amounts }: { readonly amounts: readonly UnitAmount[] }) {
  if (amounts.length === 0) {
    return "–";
  }
  return amounts.map(({ unit, amount }) => (
    <div key={unit}>
      <Amount value={amount} /> <span className={table.muted}>{unit}</span>
    </div>
  ));
}
