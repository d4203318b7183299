/** What keeps the copy from its ledger, said as calmly as it is, with what is still true. */
import type { ProductionState, WorkspaceStatus } from "../../host";
import { FailureNotice } from "../../parts/FailureNotice";
import { Moment } from "../../parts/Figure";
import { ConnectForm } from "./ConnectForm";
import css from "./production.module.css";

interface LineNoticeProps {
  readonly state: ProductionState;
  readonly status: WorkspaceStatus;
}

export function LineNotice({ state, status }: LineNoticeProps) {
  const { line, failure, connection } = state;
  const shown =
    state.as_of === null ? (
      <>A part of what was recorded there is here. Balances and reports come with the rest.</>
    ) : (
      <>
        What you see is everything that was recorded there up to{" "}
        <Moment at={state.as_of} zone={status.zone ?? "UTC"} precision="second" />. You can look,
        report and preview as before.
      </>
    );
  if (line === "unknown") {
    return (
      <>
        {failure !== null && <FailureNotice failure={failure} />}
        <div className={css.note} role="note">
          <p>It is not known on this machine how {state.ledger} is reached.</p>
          <p>{shown}</p>
        </div>
        <ConnectForm status={status} connection={null} asks="address" />
      </>
    );
  }
  if (line === "closed") {
    return (
      <>
        <div className={css.note} role="note">
          <p>You have disconnected. {shown}</p>
        </div>
        <ConnectForm status={status} connection={connection} asks="password" />
      </>
    );
  }
  if (line !== "lost" || failure === null) {
    return null;
  }
  if (failure.code === "offline") {
    return (
      <div className={css.note} role="note">
        <p>
          <strong>{failure.what}</strong>
        </p>
        <p>{shown}</p>
        <p>It is asked again by itself{again(state.again_in)}; nothing needs to be done here.</p>
      </div>
    );
  }
  if (failure.code === "password_needed") {
    return (
      <>
        <div className={css.note} role="note">
          <p>
            <strong>{failure.what}</strong>
          </p>
          <p>{shown}</p>
        </div>
        <ConnectForm status={status} connection={connection} asks="password" />
      </>
    );
  }
  return <FailureNotice failure={failure} />;
}

function again(seconds: number | null): string {
  return seconds === null || seconds < 1 ? "" : ` in ${seconds} s`;
}
