/** How far long work is: what it does, how many of how many, how long still, and a way to stop it. */
import { Button } from "./Button";
import { Count } from "./Figure";
import css from "./TaskProgress.module.css";
import type { Task } from "./useTask";

interface TaskProgressProps {
  readonly task: Pick<Task<unknown>, "progress" | "stop" | "isStopping">;
  /** What is said before the first word of the work. */
  readonly label: string;
  /** What the count counts: `entries`. */
  readonly things?: string;
}

export function TaskProgress({ task, label, things = "" }: TaskProgressProps) {
  const { progress } = task;
  const permille = progress?.permille ?? null;
  return (
    <div className={css.progress}>
      <div className={css.words}>
        <span role="status">{task.isStopping ? "Stopping" : (progress?.step ?? label)}</span>
        {progress !== null && progress.done !== "0" && (
          <span className={css.count}>
            <Count value={progress.done} />
            {progress.total !== null && (
              <>
                {" of "}
                <Count value={progress.total} />
              </>
            )}{" "}
            {things}
          </span>
        )}
        {progress?.seconds_left != null && <span>{timeLeft(progress.seconds_left)}</span>}
      </div>
      <progress aria-label={label} max={1000} {...(permille === null ? {} : { value: permille })} />
      <Button onClick={task.stop} disabled={task.isStopping}>
        Stop
      </Button>
    </div>
  );
}

function timeLeft(seconds: number): string {
  if (seconds < 90) {
    return `about ${Math.max(1, seconds)} s left`;
  }
  return `about ${Math.round(seconds / 60)} min left`;
}
