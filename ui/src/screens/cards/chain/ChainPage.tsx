/** Every chain of units, and every conversion. */
import { useQuery } from "@tanstack/react-query";
import type { ConversionRow } from "../../../host";
import { Empty } from "../../../parts/Empty";
import { FailureNotice } from "../../../parts/FailureNotice";
import { Page } from "../../../parts/Page";
import { Skeleton } from "../../../parts/Skeleton";
import table from "../../../parts/table.module.css";
import { hrefOf } from "../../../router";
import { StateChip } from "../StateChip";
import { ChainDrawing } from "./ChainDrawing";
import css from "./chain.module.css";
import { NewConversion } from "./NewConversion";
import { chainsQuestion } from "./questions";

export function ChainPage() {
  const { data, error, isPending } = useQuery({ ...chainsQuestion, refetchOnMount: "always" });
  return (
    <Page
      title="From usage to money"
      state={<a href={hrefOf("cards")}>All rate cards</a>}
      acts={data !== undefined && <NewConversion units={data.units} />}
    >
      {error !== null && <FailureNotice failure={error} />}
      {isPending && <Skeleton label="Reading the chain" rows={12} />}
      {data !== undefined && (
        <div className={css.page}>
          {data.chains.length === 0 ? (
            <Empty title="No chain yet">
              Usage is metered in one unit, may be converted into another, is priced by a rate card
              in credits, and credits are worth what was paid for them. Draft a rate card, and its
              chain is drawn here.
            </Empty>
          ) : (
            data.chains.map((chain) => (
              <ChainDrawing
                key={`${chain.card} ${chain.meter} ${chain.steps.map(({ to }) => to).join(" ")}`}
                chain={chain}
              />
            ))
          )}
          <Conversions rows={data.conversions} />
        </div>
      )}
    </Page>
  );
}

function Conversions({ rows }: { readonly rows: readonly ConversionRow[] }) {
  return (
    <section aria-labelledby="conversions">
      <div className={css.head}>
        <h2 id="conversions">Conversions</h2>
      </div>
      {rows.length === 0 ? (
        <Empty title="No conversions">
          A conversion turns one unit into another before it is priced, or lets a wallet of another
          unit pay: tokens into minutes, credits into money.
        </Empty>
      ) : (
        <table className={table.table} aria-labelledby="conversions">
          <thead>
            <tr>
              <th scope="col">Conversion</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">Versions</th>
              <th scope="col">Says</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ code, from, to, words, versions }) => (
              <tr key={code} className={css.words}>
                <th scope="row">
                  <a href={hrefOf("cards", { conversion: code })}>{code}</a>
                </th>
                <td>{from}</td>
                <td>{to}</td>
                <td>
                  <span className={css.versions}>
                    {versions.map(({ version, state }) => (
                      <span key={version}>
                        {version} <StateChip state={state} />
                      </span>
                    ))}
                  </span>
                </td>
                <td>
                  {words.map((each) => (
                    <p key={each}>{each}</p>
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
