/** Which operations need a second person, and who that may be. */
import type { ApprovalRule } from "../host";
import css from "./ApprovalRules.module.css";
import table from "./table.module.css";
import { words } from "./words";

interface ApprovalRulesProps {
  readonly rules: readonly ApprovalRule[];
  readonly labelledBy: string;
}

export function ApprovalRules({ rules, labelledBy }: ApprovalRulesProps) {
  return (
    <table className={`${table.table} ${css.rules}`} aria-labelledby={labelledBy}>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">Operations</th>
          <th scope="col">Approved by</th>
          <th scope="col">Lapses after</th>
        </tr>
      </thead>
      <tbody>
        {rules.map(({ rule, operations, approvers, valid_days }) => (
          <tr key={rule}>
            <td>{rule}</td>
            <td>{operations.map(words).join(", ")}</td>
            <td>{approvers.length === 0 ? "anybody but who asks" : approvers.join(", ")}</td>
            <td>{valid_days === 1 ? "1 day" : `${valid_days} days`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
