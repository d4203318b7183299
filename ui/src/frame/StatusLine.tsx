/** The truth about the book, at all times. */
import type { WorkspaceStatus } from "../host";
import { Count, Moment } from "../parts/Figure";
import css from "./StatusLine.module.css";

export function StatusLine({ status }: { readonly status: WorkspaceStatus }) {
  return (
    <footer className={css.line}>
      <span title={`Checkpoint over all chains: ${status.checkpoint}`}>
        ledger <code>{status.checkpoint.slice(0, 8)}</code>
      </span>
      <span>
        <Count value={status.entries} /> entries
      </span>
      <span>
        {status.posted_until === null || status.zone === null ? (
          "no usage posted"
        ) : (
          <>
            usage posted to <Moment at={status.posted_until} zone={status.zone} />
          </>
        )}
      </span>
      <span>configuration revision {status.config_revision}</span>
      <span className={css.space} />
      <span>on this machine</span>
    </footer>
  );
}
