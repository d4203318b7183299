/** What a configuration changes, place by place: what was and what is, with the change in per cent. */
import type { TrailChange } from "../host";
import css from "./Changes.module.css";
import { Count } from "./Figure";

interface ChangesProps {
  /** What the list is, for those who do not see it. */
  readonly title: string;
  readonly changes: readonly TrailChange[];
  /** How many there are; not all may be listed. */
  readonly count: number;
}

export function Changes({ title, changes, count }: ChangesProps) {
  return (
    <section aria-label={title}>
      <h3 className={css.title}>
        <Count value={String(count)} /> {count === 1 ? "change" : "changes"}
      </h3>
      <ul className={css.changes}>
        {changes.map((change) => (
          <li key={`${change.kind} ${change.what}`}>
            {change.kind === "changed" ? "" : `${change.kind} `}
            {change.what}
            <span className={css.values}>
              {change.old !== null && <del>{change.old}</del>}
              {change.new !== null && <ins>{change.new}</ins>}
              {change.percent !== null && <span>{change.percent} %</span>}
            </span>
          </li>
        ))}
        {count > changes.length && <li>and {count - changes.length} more</li>}
      </ul>
    </section>
  );
}
