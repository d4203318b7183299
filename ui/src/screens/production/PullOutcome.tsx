/** How a pull goes that was asked for here, and what it brought. */
import { commands, type PulledNow } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count } from "../../parts/Figure";
import { TaskProgress } from "../../parts/TaskProgress";
import type { Task } from "../../parts/useTask";

export function PullOutcome({ pull }: { readonly pull: Task<PulledNow> }) {
  if (pull.isRunning) {
    return <TaskProgress task={pull} label="Pulling from production" />;
  }
  if (pull.failure !== null) {
    return (
      <FailureNotice failure={pull.failure}>
        {pull.failure.code === "unsound" && (
          <Button
            onClick={() =>
              pull.start((task, progress) => commands.pullProduction(true, task, progress))
            }
          >
            Pull from the start
          </Button>
        )}
      </FailureNotice>
    );
  }
  if (pull.wasStopped) {
    return (
      <p role="status">Stopped. What was pulled stays, and the next pull goes on from there.</p>
    );
  }
  return pull.result === undefined ? null : <Brought pulled={pull.result} />;
}

function Brought({ pulled: { operations, entries } }: { readonly pulled: PulledNow }) {
  if (operations === "0") {
    return <p role="status">Nothing new.</p>;
  }
  return (
    <p role="status">
      Pulled <Count value={operations} /> {operations === "1" ? "operation" : "operations"} with{" "}
      <Count value={entries} /> {entries === "1" ? "entry" : "entries"}.
    </p>
  );
}
