/** What came out of a preview: how exact it is, the comparison, the rates, the customers. */
import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect } from "react";
import type { FinishedPreview, PreviewLine, PreviewRun } from "../../host";
import { useInspector } from "../../inspector";
import { Count, Day } from "../../parts/Figure";
import { hrefOf } from "../../router";
import { Comparison } from "./Comparison";
import { Customers } from "./Customers";
import { DryEarlier } from "./DryEarlier";
import { Movers } from "./Movers";
import { Rates } from "./Rates";
import css from "./Results.module.css";

interface ResultsProps {
  readonly preview: FinishedPreview;
  readonly params: Readonly<Record<string, string>>;
  /** Whether customers cannot be opened: they would be of another question. */
  readonly isClosed?: boolean;
}

export function Results({ preview, params, isClosed = false }: ResultsProps) {
  const { result } = preview;
  const { inspect } = useInspector();
  useEffect(() => () => inspect(null), [inspect]);
  const opens = isClosed
    ? null
    : (customer: string) => hrefOf("preview", { ...params, of: customer });
  const onMovers = (line: PreviewLine, run: number) => {
    const what = line.movement === null ? line.what : `${line.what}, ${line.movement}`;
    inspect({
      title: `${what}: ${result.runs[run]?.name}`,
      content: <Movers line={line} run={run} hrefOf={opens} />,
    });
  };
  return (
    <>
      <div className={css.above} role="status">
        <p data-exact={result.exact}>
          {result.exact ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
          {result.exact ? (
            <>
              The baseline reproduces the ledger: exact, to the hash of{" "}
              <Count value={result.chains} /> {result.chains === "1" ? "chain" : "chains"}.
            </>
          ) : (
            <>
              The baseline does not reproduce the ledger: {result.differing.length} of{" "}
              <Count value={result.chains} /> chains differ. Verify the ledger before you trust any
              figure here.
            </>
          )}
        </p>
        <p className={css.muted}>
          <Day day={result.from} /> through <Day day={result.through} />; nothing was written.
        </p>
      </div>
      <Comparison result={result} onMovers={onMovers} />
      {result.spreads.map((spread) => (
        <Customers key={`${spread.scenario} ${spread.currency}`} spread={spread} hrefOf={opens} />
      ))}
      <DryEarlier customers={result.dry_earlier} />
      <Rates result={result} />
      <Runs runs={result.runs} />
    </>
  );
}

/** What each run priced, and what of the ledger it refuses. */
function Runs({ runs }: { readonly runs: readonly PreviewRun[] }) {
  return (
    <section aria-labelledby="preview-runs">
      <h2 id="preview-runs">Events and operations</h2>
      <ul>
        {runs.map((run) => (
          <li key={run.name}>
            {run.name}: <Count value={run.charged} /> events charged, <Count value={run.free} />{" "}
            free
            {run.refused.map(({ name, count }) => (
              <span key={name}>
                , <Count value={count} /> refused ({name.replaceAll("_", " ")})
              </span>
            ))}
            {run.undone_count !== "0" && (
              <details>
                <summary>
                  <Count value={run.undone_count} /> operations of the ledger cannot be done again
                </summary>
                <ul className={css.muted}>
                  {run.undone.map(({ operation, op, customer, why }) => (
                    <li key={operation}>
                      {op.replaceAll("_", " ")} {operation}
                      {customer !== null && ` of ${customer}`}: {why}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
