/** What waits for somebody: requests that are not decided, drafts that are not published. */
import { useQuery } from "@tanstack/react-query";
import type { DraftedVersion, WaitingDraft } from "../../host";
import { placeOf } from "../../parts/draft/places";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count, Moment } from "../../parts/Figure";
import { Skeleton } from "../../parts/Skeleton";
import table from "../../parts/table.module.css";
import { waitingQuestion } from "../../queries";
import { hrefOf } from "../../router";
import { hrefOfRequest, titleOf } from "../approvals/requests";
import { hrefOfSheet } from "../cards/places";
import css from "./OverviewScreen.module.css";

export function Waiting({ zone }: { readonly zone: string }) {
  // Drafts are files: nothing is recorded when one is saved.
  const { data, error } = useQuery({ ...waitingQuestion, refetchOnMount: "always" });
  const drafts =
    data?.drafts.filter(({ request, queued }) => request === null && queued === null) ?? [];
  const requests = data?.requests ?? [];
  return (
    <section aria-labelledby="waiting">
      <div className={css.head}>
        <h2 id="waiting">Drafts and approvals waiting</h2>
        {data !== undefined && (
          <span>
            <Count value={String(drafts.length + requests.length)} />
          </span>
        )}
      </div>
      {error !== null && <FailureNotice failure={error} />}
      {data === undefined && error === null && <Skeleton label="Reading what waits" rows={2} />}
      {data !== undefined && drafts.length + requests.length === 0 && (
        <Empty title="None">Every draft is published, and every request is decided.</Empty>
      )}
      {drafts.length + requests.length > 0 && (
        <table className={table.table} aria-labelledby="waiting">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Waits for</th>
              <th scope="col">Who</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => (
              <tr key={request.request}>
                <td className={table.name} title={request.reason ?? titleOf(request)}>
                  <a href={hrefOfRequest(request.request)}>{titleOf(request)}</a>
                  {request.reason !== null && (
                    <span className={table.muted}>: {request.reason}</span>
                  )}
                </td>
                <td>{request.standing === "stale" ? "renewal" : "approval"}</td>
                <td className={css.who} title={request.asked_by}>
                  {request.asked_by}
                </td>
                <td>
                  <Moment at={request.asked_at} zone={zone} />
                </td>
              </tr>
            ))}
            {drafts.map((draft) => (
              <DraftLine key={draft.draft} draft={draft} zone={zone} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function DraftLine({ draft, zone }: { readonly draft: WaitingDraft; readonly zone: string }) {
  const [first] = draft.versions;
  const name = first === undefined ? draft.draft : draft.versions.map(nameOf).join(", ");
  const href = first === undefined ? null : hrefOfDraft(draft.draft, first);
  return (
    <tr>
      <td className={table.name} title={name}>
        {href === null ? name : <a href={href}>{name}</a>}
      </td>
      <td>publishing</td>
      <td className={css.who} title={draft.saved_by ?? ""}>
        {draft.saved_by}
      </td>
      <td>{draft.saved_at !== null && <Moment at={draft.saved_at} zone={zone} />}</td>
    </tr>
  );
}

const NAMES: Readonly<Record<DraftedVersion["subject"], string>> = {
  rate_card: "rate card",
  cost_card: "cost card",
  wallet_type: "wallet type",
  conversion: "conversion",
  plan: "plan",
};

function nameOf({ subject, code, version }: DraftedVersion): string {
  return `Draft of ${NAMES[subject]} ${code}, version ${version}`;
}

/** Where a draft is worked on; a cost card has no page. */
function hrefOfDraft(draft: string, { subject, code, version }: DraftedVersion): string | null {
  if (subject === "cost_card") {
    return null;
  }
  if (subject === "rate_card") {
    return hrefOfSheet({ card: code, version, draft });
  }
  const { screen, params } = placeOf(subject, code, version);
  return hrefOf(screen, params);
}
