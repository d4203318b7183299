/** The ledger that is followed, how fresh the copy is, and where its password is. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asFailure, commands, type ProductionState, type WorkspaceStatus } from "../../host";
import { Button } from "../../parts/Button";
import { Count, Moment } from "../../parts/Figure";
import { sayFailure } from "../../parts/Toasts";
import { ago, lookAgain } from "../../production";
import css from "./production.module.css";

interface FactsProps {
  readonly state: ProductionState;
  readonly status: WorkspaceStatus;
}

export function Facts({ state, status }: FactsProps) {
  const { connection, line, behind } = state;
  return (
    <dl className={css.facts}>
      <dt>Ledger</dt>
      <dd>{state.ledger}</dd>
      {connection !== null && (
        <>
          <dt>Read as</dt>
          <dd>{connection.user}</dd>
          <dt>Connection</dt>
          <dd>{trustOf(connection)}</dd>
        </>
      )}
      <dt>Everything recorded up to</dt>
      <dd>
        {state.as_of === null ? (
          "no pull has come to its end yet"
        ) : (
          <>
            <Moment at={state.as_of} zone={status.zone ?? "UTC"} precision="second" />,{" "}
            {ago(state.age)}
          </>
        )}
      </dd>
      <dt>Not here yet</dt>
      <dd>
        {line !== "connected" && behind === "0" ? (
          "not known without a connection"
        ) : behind === "0" ? (
          "nothing"
        ) : (
          <>
            <Count value={behind} /> {behind === "1" ? "operation" : "operations"}
          </>
        )}
      </dd>
      {connection !== null && <Password state={state} status={status} />}
    </dl>
  );
}

function trustOf(connection: NonNullable<ProductionState["connection"]>): string {
  if (connection.without_tls) {
    return "not encrypted, on this machine";
  }
  return connection.authority === null
    ? "encrypted; the certificate is checked against the authorities of the system"
    : `encrypted; the certificate is checked against ${connection.authority}`;
}

function Password({ state, status }: FactsProps) {
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: () => commands.forgetProductionPassword(),
    onSuccess: () => lookAgain(client, status),
    onError: (thrown) => sayFailure(asFailure(thrown)),
  });
  const kept = state.connection?.keychain === true;
  return (
    <>
      <dt>Password</dt>
      <dd>
        {kept && "in the keychain of this system"}
        {!kept &&
          (state.knows_password
            ? "known to this window until it is closed, and written nowhere"
            : "none is kept here")}
        {kept && (
          <Button look="quiet" onClick={() => forget.mutate()} disabled={forget.isPending}>
            Forget it
          </Button>
        )}
      </dd>
    </>
  );
}
