/** Who may do what: the rules of the configuration, and what the books leave to the database. */
import { useQuery } from "@tanstack/react-query";
import { ApprovalRules } from "../../parts/ApprovalRules";
import { FailureNotice } from "../../parts/FailureNotice";
import { Skeleton } from "../../parts/Skeleton";
import { requestsQuestion } from "../approvals/requests";
import css from "./SettingsScreen.module.css";

export function Roles() {
  const asked = useQuery(requestsQuestion);
  return (
    <section aria-labelledby="roles">
      <h2 id="roles">Roles</h2>
      <p className={css.hint} style={{ marginBottom: "var(--space-2)" }}>
        {asked.isSuccess && asked.data.rules.length === 0
          ? "Everybody who may write to this workspace does everything alone: no operation needs a second person. "
          : "Everybody who may write to this workspace may ask; what a rule names is done when a second person approves it, who is never the one who asked. "}
        A rule is <code>[[approvals]]</code> in the configuration. Who may read and write is up to
        the folder, and at a production ledger to the roles of its database.
      </p>
      {asked.isPending && <Skeleton label="Reading the rules" rows={2} />}
      {asked.isError && <FailureNotice failure={asked.error} />}
      {asked.isSuccess && asked.data.rules.length > 0 && (
        <ApprovalRules rules={asked.data.rules} labelledBy="roles" />
      )}
    </section>
  );
}
