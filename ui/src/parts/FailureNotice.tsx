/** What went wrong: what happened, what was kept, what to do. */
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Failure } from "../host";
import { hrefOf } from "../router";
import css from "./FailureNotice.module.css";

interface FailureNoticeProps {
  readonly failure: Failure;
  /** What can be done about it here. */
  readonly children?: ReactNode;
}

/** As many problems are listed; the rest are counted. */
const PROBLEMS_MAX = 12;

export function FailureNotice({ failure, children }: FailureNoticeProps) {
  const shown = failure.problems.slice(0, PROBLEMS_MAX);
  const more = failure.problems.length - shown.length;
  return (
    <section role="alert" className={css.notice} data-code={failure.code}>
      <TriangleAlert aria-hidden="true" className={css.icon} />
      <div>
        <p className={css.what}>{failure.what}</p>
        {shown.length > 0 && (
          <ul className={css.problems}>
            {shown.map((problem) => (
              <li key={`${problem.place} ${problem.line} ${problem.message}`}>
                <code>{problem.line === null ? problem.place : `line ${problem.line}`}</code>{" "}
                {problem.message}
              </li>
            ))}
            {more > 0 && <li>and {more} more</li>}
          </ul>
        )}
        <p>{failure.kept}</p>
        <p>{failure.todo}</p>
        {failure.code === "unfinished" && (
          <p>
            <a href={hrefOf("production")}>Production</a>
          </p>
        )}
        {children !== undefined && <div className={css.acts}>{children}</div>}
      </div>
    </section>
  );
}
