/** What drafts would have done to the books: scenarios at the left, the comparison beside them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { PREVIEW_RUN_KEY } from "../../changed";
import { type AskedPreview, commands, type FinishedPreview, question } from "../../host";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { TaskProgress } from "../../parts/TaskProgress";
import { type Task, useTask } from "../../parts/useTask";
import { hrefOf } from "../../router";
import type { ScreenProps } from "../screen";
import { askedOf, monthOf } from "./asked";
import { CustomerPage } from "./CustomerPage";
import { ExportPreview } from "./ExportPreview";
import { KeepPreview } from "./KeepPreview";
import { KeptList } from "./KeptList";
import { KeptPage } from "./KeptPage";
import css from "./PreviewScreen.module.css";
import { Results } from "./Results";
import { Scenarios } from "./Scenarios";

/** A finished preview, and the question as the address asked it. */
interface Kept {
  readonly asked: AskedPreview;
  readonly preview: FinishedPreview;
}

export function PreviewScreen(props: ScreenProps) {
  const { kept } = props.params;
  return kept === undefined ? (
    <DraftPreview {...props} />
  ) : (
    <KeptPage key={kept} name={kept} {...props} />
  );
}

function DraftPreview({ status, params }: ScreenProps) {
  const client = useQueryClient();
  const drafts = useQuery({
    ...question(["preview", "drafts", status.config_revision], () => commands.previewDrafts()),
    staleTime: 0,
  });
  const task = useTask<Kept>((kept) => {
    // Kept, so that coming back shows it at once.
    client.setQueryDefaults(PREVIEW_RUN_KEY, { gcTime: Number.POSITIVE_INFINITY });
    client.setQueryData(PREVIEW_RUN_KEY, kept);
  }, "Preview");
  const kept = task.result ?? client.getQueryData<Kept>(PREVIEW_RUN_KEY);
  const lastUsage = (status.posted_until ?? status.last_day ?? "").slice(0, 10);
  if (lastUsage === "") {
    return (
      <Page title="Preview">
        <Empty title="No usage to try it on yet">
          A preview runs the ledger again with other prices or wallets in it. It needs entries
          first: import usage and post it.
        </Empty>
      </Page>
    );
  }
  const asked = askedOf(params, monthOf(lastUsage));
  const run = () =>
    task.start(async (id, progress) => ({
      asked,
      preview: await commands.runPreview(asked, id, progress),
    }));
  const shown = task.isRunning ? undefined : kept;
  const acts = shown !== undefined && (
    <>
      <KeepPreview preview={shown.preview} />
      <ExportPreview handle={shown.preview.handle} name={nameOf(shown.preview)} />
    </>
  );
  return (
    <Page title="Preview" acts={acts}>
      {drafts.isPending && <Skeleton label="Reading the drafts" rows={8} />}
      {drafts.isError && <FailureNotice failure={drafts.error} />}
      {drafts.isSuccess && drafts.data.length === 0 && (
        <>
          <Empty title="No drafts yet">
            A scenario is made of drafts. Change prices, wallets or plans and save them as a draft;
            nothing of a draft is in force, and a preview writes nothing.
          </Empty>
          <KeptList />
        </>
      )}
      {drafts.isSuccess && drafts.data.length > 0 && (
        <div className={css.screen}>
          <div className={css.left}>
            <Scenarios
              drafts={drafts.data}
              params={params}
              asked={asked}
              onRun={run}
              isRunning={task.isRunning}
            />
            <KeptList />
          </div>
          <Found
            task={task}
            kept={shown}
            asked={asked}
            params={params}
            zone={status.zone ?? "UTC"}
          />
        </div>
      )}
    </Page>
  );
}

interface FoundProps {
  readonly task: Task<Kept>;
  /** What was found last; absent while it is looked for. */
  readonly kept: Kept | undefined;
  readonly asked: AskedPreview;
  readonly params: ScreenProps["params"];
  readonly zone: string;
}

/** What came out, or how far it is. */
function Found({ task, kept, asked, params, zone }: FoundProps) {
  const { of } = params;
  if (task.isRunning) {
    return <TaskProgress task={task} label="Replaying the ledger" things="operations" />;
  }
  const isStale = kept !== undefined && JSON.stringify(kept.asked) !== JSON.stringify(asked);
  return (
    <div className={css.results}>
      {task.failure !== null && <FailureNotice failure={task.failure} />}
      {task.wasStopped && <p>Stopped. Nothing was written, as a preview never does.</p>}
      {isStale && (
        <p role="note" className={css.stale}>
          This is of other scenarios or another window than those at the left. Run it again.
        </p>
      )}
      {kept !== undefined && of === undefined && <Results preview={kept.preview} params={params} />}
      {kept !== undefined && of !== undefined && (
        <CustomerPage key={of} customer={of} asked={kept.asked} params={params} zone={zone} />
      )}
      {kept === undefined && task.failure === null && (
        <Empty title="Nothing run yet">
          Put at least one draft into a scenario and run it over a window of real usage. The figures
          are exact: the engine that books is the engine that tries.{" "}
          <a href={hrefOf("revenue")}>What was booked</a> is the baseline.
        </Empty>
      )}
    </div>
  );
}

/** What the files of a preview that has no name yet are called. */
function nameOf({ asked }: FinishedPreview): string {
  return `${asked.from}-to-${asked.through}`;
}
