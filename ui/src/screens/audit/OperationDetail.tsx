/** An operation in whole: who, when, why, what it changed, and the way to its entries. */
import { useQuery } from "@tanstack/react-query";
import { commands, question, type TrailEntry } from "../../host";
import { Changes } from "../../parts/Changes";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count, Moment } from "../../parts/Figure";
import { Skeleton } from "../../parts/Skeleton";
import { hrefOf } from "../../router";
import css from "./OperationDetail.module.css";

interface OperationDetailProps {
  readonly operation: TrailEntry;
  readonly zone: string;
}

export function OperationDetail({ operation, zone }: OperationDetailProps) {
  const details = useQuery(
    question(["audit", "details", operation.operation], () =>
      commands.trailDetails(operation.operation),
    ),
  );
  return (
    <div className={css.detail}>
      {operation.reason !== null && <p>{operation.reason}</p>}
      {operation.says !== "" && <p>{operation.says}</p>}
      <dl>
        <dt>Who</dt>
        <dd>
          <a href={hrefOf("audit", { actor: operation.actor })}>{operation.actor}</a>
        </dd>
        <dt>Recorded</dt>
        <dd>
          <Moment at={operation.recorded_at} zone={zone} precision="second" />
        </dd>
        <dt>Counts from</dt>
        <dd>
          <Moment at={operation.at} zone={zone} precision="second" />
        </dd>
        {operation.customer !== null && (
          <>
            <dt>Customer</dt>
            <dd>
              <a href={hrefOf("audit", { customer: operation.customer })}>{operation.customer}</a>
            </dd>
          </>
        )}
        <dt>Operation</dt>
        <dd>
          <code>{operation.operation}</code>
        </dd>
        <dt>Decided on configuration</dt>
        <dd>{operation.config_revision}</dd>
      </dl>
      {details.isPending && <Skeleton label="Reading the operation" rows={4} />}
      {details.isError && <FailureNotice failure={details.error} />}
      {details.isSuccess && (
        <>
          <p>
            {details.data.entries === "0" ? (
              "It caused no entry."
            ) : (
              <a href={hrefOf("ledger", { operation: operation.operation })}>
                Show its <Count value={details.data.entries} />{" "}
                {details.data.entries === "1" ? "entry" : "entries"}
              </a>
            )}
          </p>
          {details.data.configuration !== null &&
            (details.data.change_count === 0 ? (
              <p>It is the first configuration of these books.</p>
            ) : (
              <Changes
                title="What it changed"
                changes={details.data.changes}
                count={details.data.change_count}
              />
            ))}
          <details>
            <summary>The command as it was recorded</summary>
            <pre className={css.body}>{details.data.body}</pre>
            <p className={css.muted}>
              Hash <code>{details.data.hash}</code>
            </p>
          </details>
        </>
      )}
    </div>
  );
}
