/** A draft of a plan: its form at the left, the calendar that comes of it at the right. */
import { useQuery } from "@tanstack/react-query";
import type { Failure, PlanCalendar } from "../../host";
import { DraftActs } from "../../parts/draft/DraftActs";
import { DraftProvider } from "../../parts/draft/fields";
import { Problems } from "../../parts/draft/Problems";
import { type EditedDraft, useDraft } from "../../parts/draft/useDraft";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { PlanDates } from "./PlanDates";
import { PlanForm } from "./PlanForm";
import { PlanStand, planTitle } from "./PlanPage";
import { choicesQuestion, planQuestion } from "./questions";
import css from "./WalletsScreen.module.css";

interface PlanDraftProps {
  readonly calendar: PlanCalendar;
  /** Why the calendar is not that of the draft as it stands. */
  readonly failure: Failure | null;
  readonly start: string | null;
}

export function PlanDraft({ calendar, failure, start }: PlanDraftProps) {
  const { plan, shown } = calendar;
  const draft = useDraft("plan", plan.code);
  return (
    <Page
      title={planTitle(calendar)}
      fills
      state={<PlanStand calendar={calendar} />}
      acts={
        draft !== undefined && (
          <DraftActs
            kind="plan"
            code={plan.code}
            version={shown.version}
            isNew={plan.versions.length === 1}
            draft={draft}
          >
            <p>Who is subscribed already stays on the version under which he subscribed.</p>
            <Changes calendar={calendar} />
          </DraftActs>
        )
      }
    >
      <div className={css.panes}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={css.pane} aria-label="Draft" tabIndex={0}>
          <Form draft={draft} />
        </section>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={css.pane} aria-label="Calendar" tabIndex={0}>
          {calendar.lines.length > 0 && (
            <section className={css.inWords} aria-label="Grants and charges, in words">
              {calendar.lines.map((line) => (
                <p key={line}>{line}</p>
              ))}
            </section>
          )}
          <PlanDates calendar={calendar} failure={failure} start={start} width={620} />
        </section>
      </div>
    </Page>
  );
}

function Form({ draft }: { readonly draft: EditedDraft | undefined }) {
  const choices = useQuery(choicesQuestion);
  if (choices.isError) {
    return <FailureNotice failure={choices.error} />;
  }
  if (draft === undefined || choices.isPending) {
    return <Skeleton label="Reading the draft" rows={12} />;
  }
  return (
    <DraftProvider value={draft}>
      {draft.failure !== null && <FailureNotice failure={draft.failure} />}
      <Problems draft={draft} />
      <PlanForm choices={choices.data} />
    </DraftProvider>
  );
}

/** What the draft says otherwise than the version before it, line by line. */
function Changes({ calendar }: { readonly calendar: PlanCalendar }) {
  const { plan, shown, lines } = calendar;
  const before = plan.versions.find(({ version }) => version < shown.version)?.version ?? null;
  const found = useQuery({
    ...planQuestion(plan.code, before, calendar.start),
    enabled: before !== null,
  });
  const old = before === null ? [] : (found.data?.lines ?? []);
  const added = lines.filter((line) => !old.includes(line));
  const gone = old.filter((line) => !lines.includes(line));
  if (before !== null && added.length === 0 && gone.length === 0) {
    return <p className={css.muted}>Says the same as version {before}.</p>;
  }
  return (
    <table className={css.comparison}>
      <caption className="visually-hidden">What the draft changes</caption>
      <thead>
        <tr>
          <th scope="col">Version {before ?? "before"}</th>
          <th scope="col">Version {shown.version}</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <td>{gone.length === 0 ? "–" : gone.map((line) => <p key={line}>{line}</p>)}</td>
          <td>{added.length === 0 ? "–" : added.map((line) => <p key={line}>{line}</p>)}</td>
        </tr>
      </tbody>
    </table>
  );
}
