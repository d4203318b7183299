/** What each row of a rate card priced, and the price that came out of it, by run. */
import { Fragment } from "react";
import { decimalsOf } from "../../format/decimal";
import type { PreviewResult } from "../../host";
import { AlignedAmount, Amount } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./Results.module.css";

interface RatesProps {
  readonly result: PreviewResult;
  /** Where the events of a row are shown. */
  readonly hrefOf?: (card: string, row: string) => string;
}

export function Rates({ result, hrefOf }: RatesProps) {
  if (result.rates.length === 0) {
    return null;
  }
  const decimals = result.runs.map((_, run) =>
    Math.max(...result.rates.map(({ runs }) => decimalsOf(runs[run]?.per_thousand ?? "0"))),
  );
  return (
    <section aria-labelledby="preview-rates">
      <h2 id="preview-rates">Effective prices</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
      <section className={css.wide} aria-labelledby="preview-rates" tabIndex={0}>
        <table className={table.table} aria-labelledby="preview-rates">
          <thead>
            <tr>
              <th scope="col">Rate</th>
              <th scope="col">Of</th>
              <th scope="col">Charged in</th>
              {result.runs.map(({ name }) => (
                <Fragment key={name}>
                  <th scope="col" className={table.number}>
                    {name}
                  </th>
                  <th scope="col" className={table.number}>
                    per 1,000
                  </th>
                </Fragment>
              ))}
            </tr>
          </thead>
          <tbody>
            {result.rates.map(({ card, row, quantity_unit, unit, runs }) => (
              <tr key={`${card} ${row} ${quantity_unit} ${unit}`}>
                <th scope="row">
                  {hrefOf === undefined ? (
                    `${card}/${row}`
                  ) : (
                    <a href={hrefOf(card, row)}>
                      {card}/{row}
                    </a>
                  )}
                </th>
                <td className={table.muted}>{quantity_unit}</td>
                <td className={table.muted}>{unit}</td>
                {runs.map(({ charged, per_thousand }, run) => (
                  <Fragment key={run}>
                    <td className={table.number}>
                      <Amount value={charged} zero="dash" />
                    </td>
                    <td className={table.number}>
                      {per_thousand === null ? (
                        "\u2013"
                      ) : (
                        <AlignedAmount value={per_thousand} decimals={decimals[run] ?? 0} />
                      )}
                    </td>
                  </Fragment>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
