/** What the books warned of in the last thirty days. */
import type { Overview } from "../../host";
import { Empty } from "../../parts/Empty";
import { Count, Moment } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./OverviewScreen.module.css";

interface AlertsProps {
  readonly overview: Overview;
  readonly zone: string;
}

export function Alerts({ overview, zone }: AlertsProps) {
  return (
    <section aria-labelledby="alerts">
      <div className={css.head}>
        <h2 id="alerts">Alerts of the last 30 days</h2>
        <span>
          <Count value={overview.alert_count} />
        </span>
      </div>
      {overview.alerts.length === 0 ? (
        <Empty title="None">
          Wallet types say what is warned of: a low balance, a date of depletion, a spike, lots that
          expire soon.
        </Empty>
      ) : (
        <table className={table.table} aria-labelledby="alerts">
          <thead>
            <tr>
              <th scope="col">Seen</th>
              <th scope="col">Customer</th>
              <th scope="col">Wallet</th>
              <th scope="col">Alert</th>
              <th scope="col">Figures</th>
            </tr>
          </thead>
          <tbody>
            {overview.alerts.map((alert) => (
              <tr key={`${alert.customer} ${alert.wallet} ${alert.code} ${alert.at}`}>
                <td>
                  <Moment at={alert.at} zone={zone} />
                </td>
                <td>{alert.customer}</td>
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
      )}
    </section>
  );
}
