/** A preview of one customer: its own comparison, its prices, and its events before and after. */
import { useEffect } from "react";
import { type AskedPreview, type CustomerPreview, commands } from "../../host";
import { FailureNotice } from "../../parts/FailureNotice";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import { hrefOf } from "../../router";
import { Comparison } from "./Comparison";
import { Events } from "./Events";
import { Rates } from "./Rates";
import css from "./Results.module.css";

interface CustomerPageProps {
  readonly customer: string;
  readonly asked: AskedPreview;
  readonly params: Readonly<Record<string, string>>;
  readonly zone: string;
}

export function CustomerPage({ customer, asked, params, zone }: CustomerPageProps) {
  const task = useTask<CustomerPreview>(undefined, "Preview of a customer");
  const { start, result } = task;
  const { of: _of, card, row, ...all } = params;
  // The question in one text: what is asked is another object with every look at the address.
  const question = JSON.stringify(asked);
  useEffect(() => {
    const of = card === undefined || row === undefined ? null : { card, row };
    start((id, progress) =>
      commands.previewCustomer(JSON.parse(question), customer, of, id, progress),
    );
  }, [start, customer, card, row, question]);
  return (
    <>
      <div className={css.customer}>
        <p>
          <a href={hrefOf("preview", all)}>All customers</a>
        </p>
        <h2>{customer}</h2>
        <p>
          <a href={hrefOf("customers", { customer })}>Customer page</a>,{" "}
          <a href={hrefOf("ledger", { customer, from: asked.from, to: asked.through })}>
            entries of the baseline
          </a>
        </p>
      </div>
      {task.isRunning && (
        <TaskProgress task={task} label="Replaying the customer" things="operations" />
      )}
      {task.failure !== null && <FailureNotice failure={task.failure} />}
      {task.wasStopped && <p>Stopped.</p>}
      {result !== undefined && !task.isRunning && (
        <>
          <Comparison result={result.result} />
          <Rates
            result={result.result}
            hrefOf={(ofCard, ofRow) => hrefOf("preview", { ...params, card: ofCard, row: ofRow })}
          />
          <Events
            found={result}
            zone={zone}
            rate={row === undefined ? undefined : `${card}/${row}`}
            everyHref={hrefOf("preview", { ...all, of: customer })}
          />
        </>
      )}
    </>
  );
}
