/** What is reserved for work in progress, and what the books warned of. */
import type { Alert, CustomerHold } from "../../host";
import { Amount, Moment } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./Customers.module.css";

interface HoldsProps {
  readonly holds: readonly CustomerHold[];
  readonly zone: string;
}

export function Holds({ holds, zone }: HoldsProps) {
  if (holds.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="holds">
      <div className={css.head}>
        <h3 id="holds">Holds</h3>
        <span>as they are now</span>
      </div>
      <table className={table.table} aria-labelledby="holds">
        <thead>
          <tr>
            <th scope="col">Hold</th>
            <th scope="col">For</th>
            <th scope="col">Placed</th>
            <th scope="col">Times out</th>
            <th scope="col" className={table.number}>
              Placed
            </th>
            <th scope="col" className={table.number}>
              Captured
            </th>
            <th scope="col" className={table.number}>
              Held
            </th>
            <th scope="col">Unit</th>
          </tr>
        </thead>
        <tbody>
          {holds.map((hold) => (
            <tr key={hold.hold}>
              <td className={table.name} title={hold.hold}>
                {hold.hold}
              </td>
              <td>{hold.held_for}</td>
              <td>
                <Moment at={hold.placed_at} zone={zone} />
              </td>
              <td>
                {hold.expires_at === null ? "never" : <Moment at={hold.expires_at} zone={zone} />}
              </td>
              <td className={table.number}>
                <Amount value={hold.placed} />
              </td>
              <td className={table.number}>
                <Amount value={hold.captured} zero="dash" />
              </td>
              <td className={table.number}>
                <Amount value={hold.held} />
              </td>
              <td>{hold.unit}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface AlertsProps {
  readonly alerts: readonly Alert[];
  readonly zone: string;
}

export function AlertsOf({ alerts, zone }: AlertsProps) {
  if (alerts.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="warned">
      <div className={css.head}>
        <h3 id="warned">Alerts of the last 90 days</h3>
      </div>
      <table className={table.table} aria-labelledby="warned">
        <thead>
          <tr>
            <th scope="col">Seen</th>
            <th scope="col">Wallet</th>
            <th scope="col">Alert</th>
            <th scope="col">Figures</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map((alert) => (
            <tr key={`${alert.wallet} ${alert.code} ${alert.at}`}>
              <td>
                <Moment at={alert.at} zone={zone} />
              </td>
              <td>{alert.wallet}</td>
              <td>{alert.code.replaceAll("_", " ")}</td>
              <td className={table.muted}>
                {alert.figures
                  .map(({ name, value }) => `${name.replaceAll("_", " ")} ${value}`)
                  .join(", ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
