/** The comparison: baseline and scenarios, absolute and as a difference; small bars on one scale. */
import { Fragment } from "react";
import type { PreviewLine, PreviewResult, PreviewValue } from "../../host";
import { Amount } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./Results.module.css";

const SECTIONS = [
  { code: "revenue", title: "Revenue" },
  { code: "cost", title: "Delivery cost and margin" },
  { code: "deferred", title: "Owed at the end" },
  { code: "top_ups", title: "Top-ups" },
  { code: "units", title: "Units" },
] as const;

interface ComparisonProps {
  readonly result: PreviewResult;
  /** Opens the customers behind a difference; absent where there is but one. */
  readonly onMovers?: (line: PreviewLine, run: number) => void;
}

export function Comparison({ result, onMovers }: ComparisonProps) {
  const scenarios = result.runs.slice(1);
  const columns = 4 + scenarios.length * 3;
  return (
    <section aria-labelledby="preview-comparison">
      <h2 id="preview-comparison">Comparison</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
      <section className={css.wide} aria-labelledby="preview-comparison" tabIndex={0}>
        <table className={table.table} aria-labelledby="preview-comparison">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Unit</th>
              <th scope="col">
                <span className="visually-hidden">Bars: baseline, then scenarios</span>
              </th>
              <th scope="col" className={table.number}>
                Baseline
              </th>
              {scenarios.map(({ name }) => (
                <Fragment key={name}>
                  <th scope="col" className={table.number}>
                    {name}
                  </th>
                  <th scope="col" className={table.number}>
                    less baseline
                  </th>
                  <th scope="col" className={table.number}>
                    %
                  </th>
                </Fragment>
              ))}
            </tr>
          </thead>
          <tbody>
            {SECTIONS.map(({ code, title }) => {
              const lines = result.lines.filter(({ section }) => section === code);
              return (
                lines.length > 0 && (
                  <Fragment key={code}>
                    <tr className={css.section}>
                      <th scope="rowgroup" colSpan={columns}>
                        {title}
                      </th>
                    </tr>
                    {lines.map((line) => (
                      <Line
                        key={`${line.what} ${line.movement} ${line.unit}`}
                        line={line}
                        onMovers={onMovers}
                      />
                    ))}
                  </Fragment>
                )
              );
            })}
          </tbody>
        </table>
      </section>
    </section>
  );
}

interface LineProps {
  readonly line: PreviewLine;
  readonly onMovers: ComparisonProps["onMovers"];
}

function Line({ line, onMovers }: LineProps) {
  const { what, movement, unit, values } = line;
  return (
    <tr>
      <th scope="row">{movement === null ? what : `${what}, ${movement}`}</th>
      <td className={table.muted}>{unit}</td>
      <td>
        <div className={css.bars} aria-hidden="true">
          {values.map(({ permille }, run) => (
            <div
              key={run}
              className={css.bar}
              data-scenario={run > 0}
              style={{ width: `${permille / 10}%` }}
            />
          ))}
        </div>
      </td>
      {values.map((of, run) => (
        <Fragment key={run}>
          <td className={table.number}>
            <Amount value={of.value} zero="dash" />
          </td>
          {run > 0 && (
            <>
              <td className={table.number}>
                <Difference of={of} onOpen={onMovers && (() => onMovers(line, run))} />
              </td>
              <td className={`${table.number} ${table.muted}`}>
                {of.percent !== null && <Amount value={of.percent} zero="dash" signed />}
              </td>
            </>
          )}
        </Fragment>
      ))}
    </tr>
  );
}

interface DifferenceProps {
  readonly of: PreviewValue;
  readonly onOpen: (() => void) | undefined;
}

/** A difference, which opens the customers behind it where they are known. */
function Difference({ of, onOpen }: DifferenceProps) {
  const { difference, movers } = of;
  if (difference === null) {
    return null;
  }
  const amount = <Amount value={difference} zero="dash" signed />;
  if (onOpen === undefined || movers === null || movers.customers.length === 0) {
    return amount;
  }
  return (
    <button type="button" className={css.opens} title="The customers behind it" onClick={onOpen}>
      {amount}
    </button>
  );
}
