/** What a subscription to a plan gets and pays on which day: drawn, summed, and date by date. */
import type { Failure, PlanCalendar, UnitAmount } from "../../host";
import { Button } from "../../parts/Button";
import { Chart } from "../../parts/Chart";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Amount, Day } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import { replaceParams } from "../../router";
import { planChartQuestion } from "./questions";
import css from "./WalletsScreen.module.css";

interface PlanDatesProps {
  readonly calendar: PlanCalendar;
  readonly failure: Failure | null;
  readonly start: string | null;
  readonly width: number;
}

export function PlanDates({ calendar, failure, start, width }: PlanDatesProps) {
  const { plan, shown, dates, refused } = calendar;
  return (
    <section className={css.plan} aria-labelledby="dates">
      <div className={css.paneHead}>
        <h2 id="dates">A subscription, by the engine's calendar</h2>
      </div>
      <Start
        // What is typed and not yet applied is forgotten when the address says something else.
        key={start ?? calendar.start}
        calendar={calendar}
        start={start}
      />
      {failure !== null && <FailureNotice failure={failure} />}
      {refused !== null && (
        <p role="alert" className={css.problem}>
          The engine refuses it: {refused}
        </p>
      )}
      {dates.length === 0 ? (
        <Empty title="No dates">The version grants and charges nothing yet.</Empty>
      ) : (
        <>
          <Chart
            title={`Calendar of ${plan.code}, version ${shown.version}`}
            width={width}
            height={calendar.height}
            ask={(look) => planChartQuestion(calendar, look)}
          />
          <dl className={css.totals}>
            <Sums name="Granted in the first twelve months" sums={calendar.granted} />
            <Sums name="Charged in the first twelve months, net" sums={calendar.charged} />
          </dl>
          <Dates calendar={calendar} />
        </>
      )}
    </section>
  );
}

interface StartProps {
  readonly calendar: PlanCalendar;
  readonly start: string | null;
}

function Start({ calendar, start }: StartProps) {
  const { plan, shown } = calendar;
  return (
    <form
      className={css.start}
      onSubmit={(event) => {
        event.preventDefault();
        const day = new FormData(event.currentTarget).get("start");
        replaceParams({
          plan: plan.code,
          version: String(shown.version),
          ...(typeof day === "string" && day.trim() !== "" ? { start: day.trim() } : {}),
        });
      }}
    >
      <Field
        name="start"
        label="A subscription that starts on"
        defaultValue={start ?? calendar.start}
        placeholder="2027-01-31"
        style={{ width: "14ch" }}
      />
      <Button type="submit">Show its dates</Button>
    </form>
  );
}

function Sums({ name, sums }: { readonly name: string; readonly sums: readonly UnitAmount[] }) {
  return sums.length === 0 ? null : (
    <div>
      <dt>{name}</dt>
      {sums.map(({ unit, amount }) => (
        <dd key={unit}>
          <Amount value={amount} /> {unit}
        </dd>
      ))}
    </div>
  );
}

function Dates({ calendar }: { readonly calendar: PlanCalendar }) {
  return (
    <table className={table.table}>
      <caption>The next twelve dates of each line</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col">Line</th>
          <th scope="col" className={table.number}>
            No.
          </th>
          <th scope="col" className={table.number}>
            Granted
          </th>
          <th scope="col">Unit</th>
          <th scope="col" className={table.number}>
            Charged
          </th>
          <th scope="col">Currency</th>
          <th scope="col">Ends on</th>
        </tr>
      </thead>
      <tbody>
        {calendar.dates.map((date) => (
          <tr key={`${date.line} ${date.number}`} title={date.at}>
            <td>
              {date.weekday} <Day day={date.day} />
            </td>
            <td>{date.line}</td>
            <td className={table.number}>{date.number}</td>
            <td className={table.number}>
              {date.units === "" ? "–" : <Amount value={date.units} />}
            </td>
            <td>{date.unit}</td>
            <td className={table.number}>
              {date.price === "" ? "–" : <Amount value={date.price} />}
            </td>
            <td>{date.currency}</td>
            <td>{date.ends === null ? "" : <Day day={date.ends} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
