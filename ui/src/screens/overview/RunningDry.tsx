/** Wallets that are empty soon, at the rate of the last thirty days. */
import type { Overview } from "../../host";
import { Empty } from "../../parts/Empty";
import { Amount, Count, Day } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import { hrefOf } from "../../router";
import css from "./OverviewScreen.module.css";

export function RunningDry({ overview }: { readonly overview: Overview }) {
  return (
    <section aria-labelledby="dry">
      <div className={css.head}>
        <h2 id="dry">Running dry within 30 days</h2>
        <span>
          <Count value={overview.runs_dry_count} />{" "}
          {overview.runs_dry_count === "1" ? "wallet" : "wallets"}
        </span>
      </div>
      {overview.runs_dry.length === 0 ? (
        <Empty title="None">
          At the rate of the last thirty days no wallet is empty within thirty days.
        </Empty>
      ) : (
        <table className={table.table} aria-labelledby="dry">
          <thead>
            <tr>
              <th scope="col">Customer</th>
              <th scope="col">Wallet</th>
              <th scope="col" className={table.number}>
                Usable
              </th>
              <th scope="col">Unit</th>
              <th scope="col">Empty on</th>
            </tr>
          </thead>
          <tbody>
            {overview.runs_dry.map((dry) => (
              <tr key={`${dry.customer} ${dry.wallet}`}>
                <td className={table.name} title={dry.name}>
                  <a href={hrefOf("customers", { customer: dry.customer, wallet: dry.wallet })}>
                    {dry.name}
                  </a>
                </td>
                <td>{dry.wallet}</td>
                <td className={table.number}>
                  <Amount value={dry.available} />
                </td>
                <td>{dry.unit}</td>
                <td>
                  <Day day={dry.day} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
