/** A preview of one customer: what its figures are made of, and the way to its entries. */
import { useEffect } from "react";
import { type AskedPreview, commands, type PreviewResult } from "../../host";
import { FailureNotice } from "../../parts/FailureNotice";
import { Amount } from "../../parts/Figure";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import { hrefOf } from "../../router";
import css from "./CustomerPreview.module.css";

interface CustomerPreviewProps {
  readonly customer: string;
  readonly asked: AskedPreview;
}

export function CustomerPreview({ customer, asked }: CustomerPreviewProps) {
  const task = useTask<PreviewResult>(undefined, "Preview of a customer");
  const { start, result } = task;
  useEffect(() => {
    const own = { ...asked, customers: [customer] };
    start((id, progress) => commands.runPreview(own, id, progress));
  }, [start, customer, asked]);
  return (
    <div className={css.own}>
      {task.isRunning && (
        <TaskProgress task={task} label="Replaying the customer" things="operations" />
      )}
      {task.failure !== null && <FailureNotice failure={task.failure} />}
      {task.wasStopped && <p>Stopped.</p>}
      {result !== undefined && !task.isRunning && (
        <>
          {result.lines.map((line) => (
            <Lines
              key={`${line.section} ${line.what} ${line.movement} ${line.unit}`}
              line={line}
              result={result}
            />
          ))}
          <h3>Effective prices</h3>
          {result.rates.map(({ rate, unit, quantity_unit, runs }) => (
            <dl key={`${rate} ${unit} ${quantity_unit}`} className={css.line}>
              <dt>
                {rate}, {unit} per 1,000 {quantity_unit}
              </dt>
              {runs.map(({ per_thousand, charged }, run) => (
                <dd key={run}>
                  <span>{result.runs[run]?.name}</span>
                  <span>{per_thousand === null ? "\u2013" : <Amount value={per_thousand} />}</span>
                  <span>
                    <Amount value={charged} />
                  </span>
                </dd>
              ))}
            </dl>
          ))}
        </>
      )}
      <p>
        <a href={hrefOf("ledger", { customer, from: asked.from, to: asked.through })}>
          Entries of the baseline in the ledger
        </a>
      </p>
    </div>
  );
}

interface LinesProps {
  readonly line: PreviewResult["lines"][number];
  readonly result: PreviewResult;
}

function Lines({ line, result }: LinesProps) {
  return (
    <dl className={css.line}>
      <dt>
        {line.movement === null ? line.what : `${line.what}, ${line.movement}`}, {line.unit}
      </dt>
      {line.values.map(({ value, difference }, run) => (
        <dd key={run}>
          <span>{result.runs[run]?.name}</span>
          <span>
            <Amount value={value} zero="dash" />
          </span>
          <span>{difference !== null && <Amount value={difference} zero="dash" signed />}</span>
        </dd>
      ))}
    </dl>
  );
}
