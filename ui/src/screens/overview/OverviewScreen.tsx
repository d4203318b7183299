/** How the books stand: what is owed, what was earned, what expires, who runs dry, what was warned of. */
import { useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useEffect } from "react";
import { commands, type Overview } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import type { ScreenProps } from "../screen";
import { Alerts } from "./Alerts";
import { Expiring } from "./Expiring";
import { Months } from "./Months";
import css from "./OverviewScreen.module.css";
import { RunningDry } from "./RunningDry";

/** Where the last overview of the open workspace is kept, so that coming back shows it at once. */
const KEY = ["overview"];

export function OverviewScreen({ status }: ScreenProps) {
  const client = useQueryClient();
  const task = useTask<Overview>((found) => client.setQueryData(KEY, found));
  const { start } = task;
  const kept = client.getQueryData<Overview>(KEY);
  const shown = task.result ?? kept;
  useEffect(() => {
    if (client.getQueryData(KEY) === undefined) {
      start((id, progress) => commands.overview(id, progress));
    }
  }, [client, start]);
  const zone = status.zone ?? "UTC";
  const again = () => start((id, progress) => commands.overview(id, progress));
  return (
    <Page
      title="Overview"
      state={
        shown !== undefined && (
          <span>
            as of <Moment at={shown.as_of} zone={zone} />
          </span>
        )
      }
      acts={
        <Button onClick={again} disabled={task.isRunning}>
          <RefreshCw aria-hidden="true" />
          Read again
        </Button>
      }
    >
      {task.failure !== null && <FailureNotice failure={task.failure} />}
      {task.isRunning && (
        <div className={css.under}>
          <TaskProgress task={task} label="Reading the books" things="customers" />
        </div>
      )}
      {shown === undefined && task.isRunning && <Skeleton label="Reading the books" rows={8} />}
      {shown === undefined && task.wasStopped && <p>Stopped before anything was read.</p>}
      {shown !== undefined && (
        <div className={css.overview}>
          <Months overview={shown} />
          <div className={css.columns}>
            <Expiring classes={shown.expiring} />
            <RunningDry overview={shown} />
          </div>
          <Alerts overview={shown} zone={zone} />
        </div>
      )}
    </Page>
  );
}
