/** How the books stand: what is owed, what was earned, what expires, who runs dry, what was warned of. */
import { useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import { useAsOf } from "../../asOf";
import { commands, type Overview } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { WaitsHere } from "../../parts/send/WaitsHere";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import type { ScreenProps } from "../screen";
import { Alerts } from "./Alerts";
import { Behind } from "./Behind";
import { Expiring } from "./Expiring";
import { Months } from "./Months";
import css from "./OverviewScreen.module.css";
import { RunningDry } from "./RunningDry";
import { Waiting } from "./Waiting";

export function OverviewScreen({ status }: ScreenProps) {
  const { asOf } = useAsOf();
  // Another ledger or another instant is another overview: what was read of one is not shown for another.
  return <OverviewAt key={`${status.checkpoint} ${asOf}`} status={status} asOf={asOf} />;
}

interface OverviewAtProps {
  readonly status: ScreenProps["status"];
  readonly asOf: string | null;
}

function OverviewAt({ status, asOf }: OverviewAtProps) {
  const client = useQueryClient();
  // The overview is kept, so that coming back shows it at once.
  const key = useMemo(() => ["overview", status.checkpoint, asOf], [status.checkpoint, asOf]);
  const task = useTask<Overview>((found) => client.setQueryData(key, found));
  const { start } = task;
  const shown = task.result ?? client.getQueryData<Overview>(key);
  const read = useCallback(
    () => start((id, progress) => commands.overview(asOf, id, progress)),
    [start, asOf],
  );
  useEffect(() => {
    if (client.getQueryData(key) === undefined) {
      read();
    }
  }, [client, key, read]);
  const zone = status.zone ?? "UTC";
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
        <Button onClick={read} disabled={task.isRunning}>
          <RefreshCw aria-hidden="true" />
          Read again
        </Button>
      }
    >
      {task.failure !== null && <FailureNotice failure={task.failure} />}
      {task.isRunning && (
        <div className={css.under}>
          <TaskProgress task={task} label="Reading the books" />
        </div>
      )}
      {shown === undefined && task.isRunning && <Skeleton label="Reading the books" rows={8} />}
      {shown === undefined && task.wasStopped && <p>Stopped before anything was read.</p>}
      {shown !== undefined && (
        <div className={css.overview}>
          {asOf === null && <WaitsHere of={null} />}
          {shown.is_behind && <Behind overview={shown} zone={zone} />}
          <Months overview={shown} asOf={asOf} />
          <div className={css.columns}>
            <Expiring classes={shown.expiring} />
            <RunningDry overview={shown} />
          </div>
          {asOf === null && <Waiting zone={zone} />}
          <Alerts overview={shown} zone={zone} />
        </div>
      )}
    </Page>
  );
}
