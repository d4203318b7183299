/** The example: what goes in, the picture of what comes of it, and every step in a table. */
import { useState } from "react";
import type { ExampleOutcome, WalletExample } from "../../host";
import { Button } from "../../parts/Button";
import { Chart } from "../../parts/Chart";
import { FailureNotice } from "../../parts/FailureNotice";
import { Amount, Day } from "../../parts/Figure";
import { Skeleton } from "../../parts/Skeleton";
import { ExampleForm } from "./ExampleForm";
import { exampleChartQuestion } from "./questions";
import { Steps } from "./Steps";
import type { TriedExample } from "./useExample";
import css from "./WalletsScreen.module.css";

interface ExamplePaneProps {
  readonly code: string;
  readonly version: number;
  readonly trial: Pick<TriedExample, "example" | "tried" | "change" | "outcome">;
  /** Absent while the example is the proposed one. */
  readonly onReset: (() => void) | undefined;
}

export function ExamplePane({ code, version, trial, onReset }: ExamplePaneProps) {
  const { example, tried, change, outcome } = trial;
  const [isOpen, setIsOpen] = useState(false);
  const problems = outcome.error?.problems ?? [];
  return (
    <>
      <div className={css.paneHead}>
        <h2>An example, run by the engine</h2>
        <Button look="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? "Leave the example as it is" : "Change the example"}
        </Button>
        {onReset !== undefined && (
          <Button look="quiet" onClick={onReset}>
            Back to the proposed example
          </Button>
        )}
      </div>
      {isOpen ? (
        <ExampleForm example={example} problems={problems} onChange={change} />
      ) : (
        <Given example={example} />
      )}
      {outcome.isError && <FailureNotice failure={outcome.error} />}
      {outcome.isPending && <Skeleton label="Running the example" rows={10} />}
      {outcome.isSuccess && (
        <>
          <Chart
            title="Balance and lots of the example"
            width={620}
            height={330}
            ask={(look) => exampleChartQuestion(code, version, tried, look)}
          />
          <Totals outcome={outcome.data} />
          <Steps outcome={outcome.data} />
        </>
      )}
    </>
  );
}

/** What goes in, in words. */
function Given({ example }: { readonly example: WalletExample }) {
  return (
    <ul className={css.given}>
      {example.purchases.map(({ day, kind, units, net }) => (
        <li key={`${day} ${kind} ${units}`}>
          {units} {kind} on <Day day={day} />
          {net !== "" && ` for ${net} ${example.currency}`}
        </li>
      ))}
      {example.usage.map(({ from, through, units }) => (
        <li key={`${from} ${units}`}>
          {units} used a day from <Day day={from} /> through <Day day={through} />
          {example.by_member && ", by one member"}
        </li>
      ))}
    </ul>
  );
}

function Totals({ outcome }: { readonly outcome: ExampleOutcome }) {
  return outcome.totals.map(({ currency, usage, breakage, overage, deferred }) => (
    <dl key={currency} className={css.totals}>
      <Total name={`Revenue from usage, ${currency}`} value={usage} />
      <Total name="Breakage" value={breakage} />
      <Total name="Overage" value={overage} />
      <Total name="Deferred at the end" value={deferred} />
    </dl>
  ));
}

function Total({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Amount value={value} />
      </dd>
    </div>
  );
}
