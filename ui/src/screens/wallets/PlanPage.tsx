/**
 * One plan: what each line says, and what a subscription gets on which day, by the engine's calendar. A
 * draft is edited at the left of it.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { PlanCalendar } from "../../host";
import { BeginDraft } from "../../parts/draft/BeginDraft";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { hrefOf, navigate } from "../../router";
import { PlanDates } from "./PlanDates";
import { PlanDraft } from "./PlanDraft";
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
  if (calendar !== undefined && calendar.draft === calendar.shown.version) {
    return (
      <PlanDraft
        key={calendar.shown.version}
        calendar={calendar}
        failure={found.error}
        start={start}
      />
    );
  }
  return (
    <Page
      title={calendar === undefined ? code : planTitle(calendar)}
      state={calendar !== undefined && <PlanStand calendar={calendar} />}
      acts={calendar !== undefined && <BeginDraft kind="plan" code={code} draft={calendar.draft} />}
    >
      {found.isPending && <Skeleton label="Reading the plan" rows={12} />}
      {calendar === undefined && found.isError && <FailureNotice failure={found.error} />}
      {calendar !== undefined && (
        <div className={css.plan}>
          <section aria-label="Grants and charges">
            {calendar.lines.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </section>
          <PlanDates calendar={calendar} failure={found.error} start={start} width={920} />
        </div>
      )}
    </Page>
  );
}

/** The name of a plan; its code where it has none. */
export function planTitle({ plan }: PlanCalendar): string {
  return plan.name === "" ? plan.code : plan.name;
}

/** Which of its versions is looked at. */
export function PlanStand({ calendar }: { readonly calendar: PlanCalendar }) {
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
