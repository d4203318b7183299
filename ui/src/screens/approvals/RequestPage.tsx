/** A request: what would change if it were approved, who asked, the trail, and what can be decided. */
import { useQuery } from "@tanstack/react-query";
import type { RequestInWhole, RequestStep } from "../../host";
import { Changes } from "../../parts/Changes";
import { EntriesToCome } from "../../parts/EntriesToCome";
import { Moment } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import { OperationsFact, WholeFacts, WholePage } from "../../parts/WholePage";
import { words } from "../../parts/words";
import { hrefOf } from "../../router";
import { AttachedPreview } from "./AttachedPreview";
import css from "./approvals.module.css";
import { Decide } from "./Decide";
import { isWaiting, requestQuestion, titleOf } from "./requests";
import { StandingChip } from "./StandingChip";

interface RequestPageProps {
  readonly request: string;
  readonly zone: string;
}

export function RequestPage({ request, zone }: RequestPageProps) {
  const found = useQuery({ ...requestQuestion(request), refetchOnMount: "always" });
  return (
    <WholePage
      found={found}
      until="Request"
      name="request"
      title={(shown) => titleOf(shown.request)}
      state={(shown) => <StandingChip standing={shown.request.standing} />}
      back={<a href={hrefOf("approvals")}>All requests</a>}
      written="What is asked for"
    >
      {(shown) => (
        <>
          <Facts shown={shown} zone={zone} />
          <Decide shown={shown} />
          <Effect shown={shown} />
          {shown.preview !== null && <AttachedPreview preview={shown.preview} zone={zone} />}
          <Trail steps={shown.trail} zone={zone} />
        </>
      )}
    </WholePage>
  );
}

interface PartProps {
  readonly shown: RequestInWhole;
  readonly zone: string;
}

function Facts({ shown: { request }, zone }: PartProps) {
  return (
    <WholeFacts>
      <OperationsFact term="Asked for" operations={request.operations} />
      <dt>Asked</dt>
      <dd>
        by {request.asked_by}, <Moment at={request.asked_at} zone={zone} />
      </dd>
      {request.reason !== null && (
        <>
          <dt>Reason</dt>
          <dd>{request.reason}</dd>
        </>
      )}
      {request.decided_at === null ? (
        <>
          <dt>{request.standing === "lapsed" ? "Lapsed" : "Lapses"}</dt>
          <dd>
            <Moment at={request.lapses_at} zone={zone} />
          </dd>
        </>
      ) : (
        <>
          <dt>Decided</dt>
          <dd>
            {request.standing} by {request.decided_by},{" "}
            <Moment at={request.decided_at} zone={zone} />
            {request.comment !== null && `: ${request.comment}`}
          </dd>
        </>
      )}
      <dt>Looked at under</dt>
      <dd>configuration {request.revision}</dd>
      <dt>Content</dt>
      <dd>
        <code>{request.content}</code>
      </dd>
    </WholeFacts>
  );
}

/** What it changes and what it posts. */
function Effect({ shown }: Pick<PartProps, "shown">) {
  const { request, entries, refused } = shown;
  const publishes = request.operations.some(({ kind }) => kind === "apply_configuration");
  return (
    <>
      {refused !== null && (
        <p className={css.notice} role="status">
          The books would refuse it now: {refused}
        </p>
      )}
      {publishes && (
        <section aria-labelledby="request-changes">
          <h2 id="request-changes">What it changes of configuration {request.revision}</h2>
          <Changes title="Changes" changes={shown.changes} count={shown.change_count} />
        </section>
      )}
      {isWaiting(request.standing) && refused === null && (!publishes || entries.length > 0) && (
        <EntriesToCome entries={entries} of={null} />
      )}
    </>
  );
}

interface TrailProps {
  readonly steps: readonly RequestStep[];
  readonly zone: string;
}

function Trail({ steps, zone }: TrailProps) {
  return (
    <section aria-labelledby="request-trail">
      <h2 id="request-trail">Trail</h2>
      <table className={table.table} aria-labelledby="request-trail">
        <thead>
          <tr>
            <th scope="col">Recorded</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Reason</th>
            <th scope="col">Entries</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step.seq}>
              <td>
                <Moment at={step.recorded_at} zone={zone} precision="second" />
              </td>
              <td className={css.who} title={step.actor}>
                <a href={hrefOf("audit", { actor: step.actor })}>{step.actor}</a>
              </td>
              <td>{words(step.kind)}</td>
              <td className={css.reason} title={step.reason ?? ""}>
                {step.reason}
              </td>
              <td>{writesEntries(step) && <Entries operation={step.operation} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Entries({ operation }: { readonly operation: string }) {
  return <a href={hrefOf("ledger", { operation })}>in the ledger</a>;
}

/** Asking and deciding post nothing, and a configuration does not either. */
function writesEntries({ kind }: RequestStep): boolean {
  return !["request_approval", "decide_request", "apply_configuration"].includes(kind);
}
