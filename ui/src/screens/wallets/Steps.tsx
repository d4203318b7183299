/** Every step of an example, under the number that it has in the picture. */
import type { ExampleMoney, ExampleOutcome, ExampleStep } from "../../host";
import { Empty } from "../../parts/Empty";
import { Amount, Day } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./WalletsScreen.module.css";

export function Steps({ outcome }: { readonly outcome: ExampleOutcome }) {
  if (outcome.steps.length === 0) {
    return <Empty title="Nothing happens">Add a purchase or some usage to the example.</Empty>;
  }
  const [first, ...others] = outcome.totals;
  // One currency stands in the header, several in the cells.
  const only = first !== undefined && others.length === 0 ? first.currency : null;
  const money = only === null ? "" : `, ${only}`;
  return (
    <table className={`${table.table} ${css.steps}`}>
      <caption className="visually-hidden">Steps of the example</caption>
      <thead>
        <tr>
          <th scope="col" className={table.number}>
            No.
          </th>
          <th scope="col">When</th>
          <th scope="col">What happens</th>
          <th scope="col" className={table.number}>
            {outcome.unit}
          </th>
          <th scope="col" className={table.number}>
            Balance
          </th>
          <th scope="col" className={table.number}>
            Revenue{money}
          </th>
          <th scope="col" className={table.number}>
            Deferred{money}
          </th>
        </tr>
      </thead>
      <tbody>
        {outcome.steps.map((step) => (
          <tr key={step.number} id={`step-${step.number}`} tabIndex={-1}>
            <td className={table.number}>{step.number}</td>
            <td>
              <When step={step} />
            </td>
            <td className={css.words}>{step.words}</td>
            <td className={table.number}>
              <Amount value={step.units} zero="dash" signed />
            </td>
            <td className={table.number}>
              <Amount value={step.balance} />
            </td>
            <td className={table.number}>
              <Monies of={step.revenue} isNamed={only === null} />
            </td>
            <td className={table.number}>
              <Monies of={step.deferred} isNamed={only === null} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function When({ step }: { readonly step: ExampleStep }) {
  return (
    <>
      <Day day={step.day} />
      {step.through !== step.day && (
        <div className={table.muted}>
          to <Day day={step.through} />
        </div>
      )}
    </>
  );
}

interface MoniesProps {
  readonly of: readonly ExampleMoney[];
  /** Whether the currency stands with the amount. */
  readonly isNamed: boolean;
}

/** One amount a line: amounts of different currencies are never added. */
function Monies({ of, isNamed }: MoniesProps) {
  if (of.length === 0) {
    return "–";
  }
  return of.map(({ currency, amount }) => (
    <div key={currency}>
      <Amount value={amount} />
      {isNamed && <span className={table.muted}> {currency}</span>}
    </div>
  ));
}
