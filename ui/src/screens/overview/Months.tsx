/** What is owed now, and what was earned this month against the last. */
import { decimal, isZero, percentChange } from "../../format/decimal";
import { monthLabel } from "../../format/instant";
import { commands, type EarnedMonth, type Overview, question } from "../../host";
import { Chart } from "../../parts/Chart";
import { Amount } from "../../parts/Figure";
import { useLocale } from "../../settings";
import css from "./OverviewScreen.module.css";

interface MonthsProps {
  readonly overview: Overview;
  /** The instant that is read; null is now. */
  readonly asOf: string | null;
}

export function Months({ overview, asOf }: MonthsProps) {
  const own = overview.months.filter(({ currency }) => currency === overview.currency);
  const [last, current] = [own.at(-2), own.at(-1)];
  // Months before the books began say nothing.
  const first = own.find(
    ({ net, deferred }) => !isZero(decimal(net)) || !isZero(decimal(deferred)),
  );
  return (
    <section aria-label="What is owed and earned">
      <dl className={css.figures}>
        {overview.deferred.map(({ unit, amount }) => (
          <div key={unit}>
            <dt>Deferred balance, {unit}</dt>
            <dd>
              <Amount value={amount} />
            </dd>
            {overview.ties === false ? (
              <dd className={css.alarm}>does not tie to the lots: verify the ledger</dd>
            ) : (
              <dd className={css.beside}>
                {overview.ties === null ? "from the entries by then" : "ties to the lots"}
              </dd>
            )}
          </div>
        ))}
        {current !== undefined && last !== undefined && (
          <>
            <Earned name="Recognised" current={current} last={last} of="net" />
            <Earned name="Of which breakage" current={current} last={last} of="breakage" />
          </>
        )}
      </dl>
      {first !== undefined && current !== undefined && (
        <Chart
          title="Recognised revenue by month, and the deferred balance at its end"
          width={880}
          height={260}
          ask={(look) =>
            question(
              ["chart", "deferred", overview.as_of, asOf, first.month, current.month, look],
              () => commands.deferredChart(first.month, current.month, asOf, look),
            )
          }
        />
      )}
    </section>
  );
}

interface EarnedProps {
  readonly name: string;
  readonly current: EarnedMonth;
  readonly last: EarnedMonth;
  readonly of: "net" | "breakage";
}

function Earned({ name, current, last, of }: EarnedProps) {
  const locale = useLocale();
  const change = percentChange(decimal(last[of]), decimal(current[of]));
  return (
    <div>
      <dt>
        {name} in {monthLabel(current.month, locale)}, {current.currency}
      </dt>
      <dd>
        <Amount value={current[of]} />
      </dd>
      <dd className={css.beside}>
        {monthLabel(last.month, locale)}: <Amount value={last[of]} />
        {change !== null && (
          <>
            , <Amount value={change} signed /> %
          </>
        )}
      </dd>
    </div>
  );
}
