/** How far long work is that was begun here, and a way to stop it. */
import { Button } from "./Button";
import { ProgressLine } from "./ProgressLine";
import type { Task } from "./useTask";

interface TaskProgressProps {
  readonly task: Pick<Task<unknown>, "progress" | "stop" | "isStopping">;
  /** What is said before the first word of the work. */
  readonly label: string;
  /** What the count counts: `entries`. */
  readonly things?: string;
}

export function TaskProgress({ task, label, things = "" }: TaskProgressProps) {
  return (
    <ProgressLine
      progress={task.progress}
      label={label}
      step={task.isStopping ? "Stopping" : undefined}
      things={things}
    >
      <Button onClick={task.stop} disabled={task.isStopping}>
        Stop
      </Button>
    </ProgressLine>
  );
}
