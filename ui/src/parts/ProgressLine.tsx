/** How far work is: what it does, how many of how many, a bar, and what can be done about it. */
import type { ReactNode } from "react";
import type { Progress } from "../host";
import { Count } from "./Figure";
import css from "./ProgressLine.module.css";

interface ProgressLineProps {
  /** Null before the first word of the work. */
  readonly progress: Progress | null;
  /** What is said then. */
  readonly label: string;
  /** What it does, where that is not what it told last. */
  readonly step?: string | undefined;
  /** What the count counts: `entries`. */
  readonly things?: string;
  readonly children?: ReactNode;
}

export function ProgressLine({ progress, label, step, things = "", children }: ProgressLineProps) {
  const permille = progress?.permille ?? null;
  return (
    <div className={css.progress}>
      <div className={css.words}>
        <span role="status">{step ?? progress?.step ?? label}</span>
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
      {children}
    </div>
  );
}

function timeLeft(seconds: number): string {
  if (seconds < 90) {
    return `about ${Math.max(1, seconds)} s left`;
  }
  return `about ${Math.round(seconds / 60)} min left`;
}
