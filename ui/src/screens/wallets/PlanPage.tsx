/** One plan: what each line says, and the next twelve dates of each, by the engine's calendar. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { PlanCalendar } from "../../host";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Amount, Day } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import table from "../../parts/table.module.css";
import { hrefOf, navigate, replaceParams } from "../../router";
import { planQuestion } from "./questions";
import { StateChip } from "./StateChip";
import css from "./WalletsScreen.module.css";

interface PlanPageProps {
  readonly code: string;
  readonly version: number | null;
  /** The day on which the subscription starts; kept in the address. */
  readonly start: string | null;
}

export function PlanPage({ code, version, start }: PlanPageProps) {
  const found = useQuery({
    ...planQuestion(code, version, start),
    placeholderData: keepPreviousData,
  });
  const calendar = found.data;
  const name = calendar === undefined || calendar.plan.name === "" ? code : calendar.plan.name;
  const params = { plan: code, ...(version === null ? {} : { version: String(version) }) };
  return (
    <Page
      title={name}
      state={calendar !== undefined && <Stand calendar={calendar} />}
      filters={
        <form
          // What is typed and not yet applied is forgotten when the address says something else.
          key={start ?? calendar?.start}
          style={{ display: "contents" }}
          onSubmit={(event) => {
            event.preventDefault();
            const day = new FormData(event.currentTarget).get("start");
            replaceParams({ ...params, ...(typeof day === "string" ? { start: day } : {}) });
          }}
        >
          <Field
            name="start"
            label="A subscription that starts on"
            defaultValue={start ?? calendar?.start ?? ""}
            placeholder="2027-01-31"
            style={{ width: "14ch" }}
          />
          <Button type="submit">Show its dates</Button>
        </form>
      }
    >
      {found.isError && <FailureNotice failure={found.error} />}
      {found.isPending && <Skeleton label="Reading the plan" rows={12} />}
      {calendar !== undefined && !found.isError && <Shown calendar={calendar} />}
    </Page>
  );
}

function Stand({ calendar }: { readonly calendar: PlanCalendar }) {
  const { plan, shown } = calendar;
  return (
    <div className={css.stand}>
      <code>{plan.code}</code>
      <label className={css.choice}>
        Version
        <select
          value={shown.version}
          onChange={(event) =>
            navigate("wallets", { plan: plan.code, version: event.target.value })
          }
        >
          {plan.versions.map(({ version, effective_at, state }) => (
            <option key={version} value={version}>
              {version}, from {effective_at}, {state}
            </option>
          ))}
        </select>
      </label>
      <StateChip state={shown.state} />
      <a href={hrefOf("wallets")}>All wallet types and plans</a>
    </div>
  );
}

function Shown({ calendar }: { readonly calendar: PlanCalendar }) {
  const { lines, dates, refused } = calendar;
  return (
    <div className={css.plan}>
      <section aria-label="Grants and charges">
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </section>
      <section aria-labelledby="dates">
        <h2 id="dates">The next twelve dates of each line, by the engine's calendar</h2>
        {refused !== null && (
          <p role="alert" className={css.problem}>
            The engine refuses it: {refused}
          </p>
        )}
        {dates.length === 0 ? (
          <Empty title="No dates">The version grants and charges nothing.</Empty>
        ) : (
          <Dates calendar={calendar} />
        )}
      </section>
    </div>
  );
}

function Dates({ calendar }: { readonly calendar: PlanCalendar }) {
  return (
    <table className={table.table} aria-labelledby="dates">
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
          <th scope="col">Instant, UTC</th>
        </tr>
      </thead>
      <tbody>
        {calendar.dates.map((date) => (
          <tr key={`${date.line} ${date.number}`}>
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
            <td className={table.muted}>{date.at}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
