/** Every plan, with what it grants and charges in words. */
import { useQuery } from "@tanstack/react-query";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Skeleton } from "../../parts/Skeleton";
import table from "../../parts/table.module.css";
import { hrefOf } from "../../router";
import { NewPlan } from "./NewPlan";
import { plansQuestion } from "./questions";
import { StateChip } from "./StateChip";
import css from "./WalletsScreen.module.css";

export function Plans() {
  const plans = useQuery(plansQuestion);
  const rows = plans.data ?? [];
  return (
    <section aria-labelledby="plans">
      <div className={css.plansHead}>
        <h2 id="plans">Plans</h2>
        <NewPlan />
      </div>
      {plans.isError && <FailureNotice failure={plans.error} />}
      {plans.isPending && <Skeleton label="Reading plans" rows={3} />}
      {plans.isSuccess && rows.length === 0 && (
        <Empty title="No plans">
          A plan grants credits and charges fees on a calendar, to every customer who subscribes to
          it. Begin the first one as a draft: nothing is charged before it is published and somebody
          subscribes.
        </Empty>
      )}
      {rows.length > 0 && (
        <table className={table.table} aria-labelledby="plans">
          <thead>
            <tr>
              <th scope="col">Plan</th>
              <th scope="col">Versions</th>
              <th scope="col">Grants and charges</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ code, name, lines, versions }) => (
              <tr key={code} className={css.tall}>
                <th scope="row">
                  <a href={hrefOf("wallets", { plan: code })}>{name === "" ? code : name}</a>
                </th>
                <td>
                  <span className={css.versions}>
                    {versions.map((version) => (
                      <span key={version.version}>
                        {version.version} <StateChip state={version.state} />
                      </span>
                    ))}
                  </span>
                </td>
                <td className={css.sentence}>
                  {lines.map((line) => (
                    <p key={line}>{line}</p>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
