/** Lines that stand where a table will be, so that nothing moves when it comes. */
import css from "./Skeleton.module.css";

interface SkeletonProps {
  /** What is being read, for those who do not see the lines. */
  readonly label: string;
  readonly rows: number;
}

export function Skeleton({ label, rows }: SkeletonProps) {
  return (
    <div className={css.skeleton} role="status" aria-busy="true" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} />
      ))}
    </div>
  );
}
