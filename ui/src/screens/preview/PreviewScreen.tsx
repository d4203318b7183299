/** What drafts would have done to the books: scenarios at the left, the comparison beside them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type AskedPreview, commands, type PreviewResult, question } from "../../host";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import { hrefOf } from "../../router";
import type { ScreenProps } from "../screen";
import { askedOf, monthOf } from "./asked";
import css from "./PreviewScreen.module.css";
import { Results } from "./Results";
import { Scenarios } from "./Scenarios";

/** A result, and what it is the answer to. */
interface Kept {
  readonly asked: AskedPreview;
  readonly result: PreviewResult;
}

/** Where the last result of the open workspace is kept, so that coming back shows it at once. */
const KEY = ["preview", "result"];

export function PreviewScreen({ status, params }: ScreenProps) {
  const client = useQueryClient();
  const drafts = useQuery({
    ...question(["preview", "drafts", status.config_revision], () => commands.previewDrafts()),
    staleTime: 0,
  });
  const task = useTask<Kept>((kept) => {
    client.setQueryDefaults(KEY, { gcTime: Number.POSITIVE_INFINITY });
    client.setQueryData(KEY, kept);
  }, "Preview");
  const kept = task.result ?? client.getQueryData<Kept>(KEY);
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
      result: await commands.runPreview(asked, id, progress),
    }));
  const isStale = kept !== undefined && JSON.stringify(kept.asked) !== JSON.stringify(asked);
  return (
    <Page title="Preview">
      {drafts.isPending && <Skeleton label="Reading the drafts" rows={8} />}
      {drafts.isError && <FailureNotice failure={drafts.error} />}
      {drafts.isSuccess && drafts.data.length === 0 && (
        <Empty title="No drafts yet">
          A scenario is made of drafts. Change prices, wallets or plans and save them as a draft;
          nothing of a draft is in force, and a preview writes nothing.
        </Empty>
      )}
      {drafts.isSuccess && drafts.data.length > 0 && (
        <div className={css.screen}>
          <Scenarios
            drafts={drafts.data}
            params={params}
            asked={asked}
            onRun={run}
            isRunning={task.isRunning}
          />
          <div className={css.results}>
            {task.isRunning && (
              <TaskProgress task={task} label="Replaying the ledger" things="operations" />
            )}
            {task.failure !== null && <FailureNotice failure={task.failure} />}
            {task.wasStopped && <p>Stopped. Nothing was written, as a preview never does.</p>}
            {!task.isRunning && isStale && (
              <p role="note" className={css.stale}>
                This is of other scenarios or another window than those at the left. Run it again.
              </p>
            )}
            {kept !== undefined && !task.isRunning && (
              <Results result={kept.result} asked={kept.asked} />
            )}
            {kept === undefined && !task.isRunning && task.failure === null && (
              <Empty title="Nothing run yet">
                Put at least one draft into a scenario and run it over a window of real usage. The
                figures are exact: the engine that books is the engine that tries.{" "}
                <a href={hrefOf("revenue")}>What was booked</a> is the baseline.
              </Empty>
            )}
          </div>
        </div>
      )}
    </Page>
  );
}
