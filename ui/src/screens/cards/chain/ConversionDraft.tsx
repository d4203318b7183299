/** A draft of a conversion: its factors at the left; what they make, and would have made, at the right. */
import { useQuery } from "@tanstack/react-query";
import { type ConversionPage, commands, type Effect } from "../../../host";
import { Button } from "../../../parts/Button";
import { DraftActs } from "../../../parts/draft/DraftActs";
import { DraftProvider } from "../../../parts/draft/fields";
import { Problems } from "../../../parts/draft/Problems";
import { type EditedDraft, useDraft } from "../../../parts/draft/useDraft";
import { FailureNotice } from "../../../parts/FailureNotice";
import { Page } from "../../../parts/Page";
import { Skeleton } from "../../../parts/Skeleton";
import { TaskProgress } from "../../../parts/TaskProgress";
import { useTask } from "../../../parts/useTask";
import { EffectFound } from "../panels/EffectPanel";
import { ConversionForm } from "./ConversionForm";
import { Chains, ConversionStand, Factors } from "./ConversionScreen";
import css from "./chain.module.css";
import { conversionQuestion } from "./questions";

export function ConversionDraft({ page }: { readonly page: ConversionPage }) {
  const { conversion, shown } = page;
  const draft = useDraft("conversion", conversion.code);
  return (
    <Page
      title={conversion.code}
      fills
      state={<ConversionStand page={page} />}
      acts={
        draft !== undefined && (
          <DraftActs
            kind="conversion"
            code={conversion.code}
            version={shown.version}
            isNew={conversion.versions.length === 1}
            draft={draft}
          >
            <p>Usage before that date keeps the factors that were in force.</p>
            <Changes page={page} />
          </DraftActs>
        )
      }
    >
      <div className={css.panes}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={css.pane} aria-label="Draft" tabIndex={0}>
          {draft === undefined ? (
            <Skeleton label="Reading the draft" rows={10} />
          ) : (
            <DraftProvider value={draft}>
              {draft.failure !== null && <FailureNotice failure={draft.failure} />}
              <Problems draft={draft} />
              <ConversionForm page={page} />
            </DraftProvider>
          )}
        </section>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={`${css.pane} ${css.stack}`} aria-label="Consequence" tabIndex={0}>
          <section className={css.stack} aria-labelledby="made">
            <h2 id="made">What it makes</h2>
            <Factors page={page} />
          </section>
          {draft !== undefined && <LastMonth code={conversion.code} draft={draft} />}
          <div className={css.narrow}>
            <Chains page={page} />
          </div>
        </section>
      </div>
    </Page>
  );
}

interface LastMonthProps {
  readonly code: string;
  readonly draft: EditedDraft;
}

/** What the draft would have done to last month's usage, replayed when it is asked for. */
function LastMonth({ code, draft }: LastMonthProps) {
  const task = useTask<Effect | null>(undefined, "Effect on last month");
  const errors = draft.problems.filter(({ is_error }) => is_error).length;
  const isReady = draft.isChecked && draft.isKept && errors === 0;
  const { result: effect } = task;
  return (
    <section className={css.effect} aria-labelledby="effect">
      <h2 id="effect">Effect on last month</h2>
      {task.isRunning ? (
        <TaskProgress task={task} label="Replaying last month" things="operations" />
      ) : (
        <Button
          disabled={!isReady}
          onClick={() => task.start((id, to) => commands.conversionEffect(code, id, to))}
        >
          Replay last month under this draft
        </Button>
      )}
      {!isReady && <p className={css.example}>It is replayed when nothing is wrong with it.</p>}
      {task.failure !== null && <FailureNotice failure={task.failure} />}
      {task.wasStopped && <p role="status">Stopped. Nothing was written.</p>}
      {effect === null && (
        <p role="status">There is no usage yet, so there is nothing to replay.</p>
      )}
      {effect != null && !task.isRunning && <EffectFound effect={effect} isStale={false} />}
    </section>
  );
}

/** What the draft says otherwise than the version before it. */
function Changes({ page }: { readonly page: ConversionPage }) {
  const { conversion, shown } = page;
  const before = conversion.versions.find(({ version }) => version < shown.version)?.version;
  const found = useQuery({
    ...conversionQuestion(conversion.code, before ?? null),
    enabled: before !== undefined,
  });
  const old = before === undefined ? [] : (found.data?.factors.map(({ words }) => words) ?? []);
  const now = page.factors.map(({ words }) => words);
  return (
    <table className={css.changes}>
      <caption className="visually-hidden">What the draft changes</caption>
      <thead>
        <tr>
          <th scope="col">{before === undefined ? "Before" : `Version ${before}`}</th>
          <th scope="col">Version {shown.version}</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <td>{old.length === 0 ? "–" : old.map((words) => <p key={words}>{words}</p>)}</td>
          <td>
            {now.length === 0
              ? page.words.map((words) => <p key={words}>{words}</p>)
              : now.map((words) => <p key={words}>{words}</p>)}
          </td>
        </tr>
      </tbody>
    </table>
  );
}
