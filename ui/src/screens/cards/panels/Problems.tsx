/** Everything that is wrong with a sheet; each goes to its cell. */

import type { PanelProps } from "./Panels";
import css from "./panels.module.css";

/** As many are listed; the rest come when these are corrected. */
const LISTED_MAX = 100;

export function Problems({ open }: PanelProps) {
  const problems = open.checked?.problems ?? [];
  if (problems.length === 0) {
    return <p>Every cell can be read, and the rates cover all usage once.</p>;
  }
  const codes = new Map(open.lines.map(({ id, row }) => [id, row.code]));
  return (
    <ul className={css.list}>
      {problems.slice(0, LISTED_MAX).map((problem, n) => (
        <li key={`${problem.id} ${problem.column} ${problem.code} ${n}`}>
          <span className={problem.is_error ? css.error : css.warning}>
            {problem.is_error ? "error" : "warning"}
          </span>
          {problem.id === null ? (
            <span>{problem.message}</span>
          ) : (
            <button
              type="button"
              className={css.jump}
              onClick={() => problem.id !== null && open.goToCell(problem.id, problem.shownIn)}
            >
              {codes.get(problem.id)}: {problem.message}
            </button>
          )}
        </li>
      ))}
      {problems.length > LISTED_MAX && <li>and {problems.length - LISTED_MAX} more</li>}
    </ul>
  );
}
