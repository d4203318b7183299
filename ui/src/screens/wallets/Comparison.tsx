/** What a version says otherwise than the one it is compared with, in words. */
import { useQuery } from "@tanstack/react-query";
import { FailureNotice } from "../../parts/FailureNotice";
import { Skeleton } from "../../parts/Skeleton";
import { comparisonQuestion } from "./questions";
import css from "./WalletsScreen.module.css";

interface ComparisonProps {
  readonly code: string;
  readonly version: number;
}

export function Comparison({ code, version }: ComparisonProps) {
  const found = useQuery(comparisonQuestion(code, version));
  if (found.isError) {
    return <FailureNotice failure={found.error} />;
  }
  if (found.isPending) {
    return <Skeleton label="Comparing" rows={3} />;
  }
  const { version: other, changes } = found.data;
  if (other === null) {
    return <p className={css.muted}>There is no other version to compare with.</p>;
  }
  if (changes.length === 0) {
    return <p className={css.muted}>Says the same as version {other}.</p>;
  }
  return (
    <table className={css.comparison}>
      <caption className="visually-hidden">
        Version {version} against version {other}
      </caption>
      <thead>
        <tr>
          <th scope="col">Policy</th>
          <th scope="col">Version {other}</th>
          <th scope="col">Version {version}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ title, before, after }) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            <td>{before.join(" ")}</td>
            <td>{after.join(" ")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
