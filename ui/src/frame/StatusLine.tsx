/** The truth about the book, at all times. */
import { useQuery } from "@tanstack/react-query";
import type { WorkspaceStatus } from "../host";
import { Count, Moment } from "../parts/Figure";
import { pulseQuestion, waitingQuestion } from "../queries";
import { hrefOf } from "../router";
import { BooksTie } from "./BooksTie";
import { ProductionLine } from "./ProductionLine";
import css from "./StatusLine.module.css";

export function StatusLine({ status }: { readonly status: WorkspaceStatus }) {
  return (
    <footer className={css.line}>
      <BooksTie status={status} />
      <span title={`Checkpoint over all chains: ${status.checkpoint}`}>
        ledger{" "}
        <code>
          {status.checkpoint.slice(0, 4)}..{status.checkpoint.slice(-2)}
        </code>
      </span>
      <span>
        <Count value={status.entries} /> {status.entries === "1" ? "entry" : "entries"}
      </span>
      <Usage status={status} />
      <Drafts status={status} />
      <Approvals />
      <span className={css.space} />
      <span>configuration {status.config_revision}</span>
      <ProductionLine status={status} />
    </footer>
  );
}

/** How fresh usage is: what is posted, and what waits in the archive. */
function Usage({ status }: { readonly status: WorkspaceStatus }) {
  const { posted_until: posted, usage_until: archived, zone } = status;
  if (zone === null || (posted === null && archived === null)) {
    return <span>no usage yet</span>;
  }
  return (
    <span>
      {posted === null ? (
        "usage not posted yet"
      ) : (
        <>
          usage to <Moment at={posted} zone={zone} />
        </>
      )}
      {archived !== null && (posted === null || archived > posted) && (
        <>
          {" "}
          (archive to <Moment at={archived} zone={zone} />)
        </>
      )}
    </span>
  );
}

function Drafts({ status }: { readonly status: WorkspaceStatus }) {
  const pulse = useQuery(pulseQuestion(status));
  const drafts = pulse.data?.drafts ?? [];
  if (drafts.length === 0) {
    return null;
  }
  return (
    <span title={`Waiting to be published: ${drafts.join(", ")}`}>
      {drafts.length} {drafts.length === 1 ? "draft" : "drafts"}
    </span>
  );
}

/** Requests that nobody has decided yet. */
function Approvals() {
  const waiting = useQuery(waitingQuestion);
  const count = waiting.data?.requests.length ?? 0;
  if (count === 0) {
    return null;
  }
  return (
    <a href={hrefOf("approvals")}>{count === 1 ? "1 approval waits" : `${count} approvals wait`}</a>
  );
}
