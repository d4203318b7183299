/** Every wallet type, with what its version in force says about expiry and caps. */
import { useQuery } from "@tanstack/react-query";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import table from "../../parts/table.module.css";
import { hrefOf } from "../../router";
import { NewType } from "./NewType";
import { Plans } from "./Plans";
import { typesQuestion } from "./questions";
import { StateChip } from "./StateChip";
import css from "./WalletsScreen.module.css";

export function TypeList() {
  const types = useQuery(typesQuestion);
  const rows = types.data ?? [];
  return (
    <Page title="Wallets" acts={<NewType />}>
      {types.isError && <FailureNotice failure={types.error} />}
      {types.isPending && <Skeleton label="Reading wallet types" rows={6} />}
      {types.isSuccess && rows.length === 0 && (
        <Empty title="No wallet types yet">
          A wallet type says what a customer's wallet holds, what it pays for, in which order its
          lots burn and when they expire. Begin the first one with New wallet type.
        </Empty>
      )}
      {rows.length > 0 && (
        <table className={table.table}>
          <caption className="visually-hidden">Wallet types</caption>
          <thead>
            <tr>
              <th scope="col">Wallet type</th>
              <th scope="col">Holds</th>
              <th scope="col">Versions</th>
              <th scope="col">Expiry</th>
              <th scope="col">Caps</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ code, name, unit, holds_money, expiry, beyond, versions }) => (
              <tr key={code}>
                <th scope="row">
                  <a href={hrefOf("wallets", { type: code })}>{name === "" ? code : name}</a>
                </th>
                <td>
                  {unit}
                  {holds_money && <span className={table.muted}>, money</span>}
                </td>
                <td>
                  <span className={css.versions}>
                    {versions.map((version) => (
                      <span key={version.version}>
                        {version.version} <StateChip state={version.state} />
                      </span>
                    ))}
                  </span>
                </td>
                <td className={css.sentence}>{expiry}</td>
                <td className={css.sentence}>{beyond}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Plans />
    </Page>
  );
}
