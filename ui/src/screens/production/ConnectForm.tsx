/** Connects a copy to its ledger: with a password, or where it was not known how, with an address. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import {
  asFailure,
  commands,
  type Failure,
  type ProductionConnection,
  type ProductionTarget,
  type WorkspaceStatus,
} from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { sayFailure } from "../../parts/Toasts";
import { lookAgain } from "../../production";
import css from "./production.module.css";
import { NOTHING_GIVEN, NOWHERE, PasswordFields, TargetFields } from "./TargetFields";

interface ConnectFormProps {
  readonly status: WorkspaceStatus;
  /** How it was reached before; null where the address is asked for. */
  readonly connection: ProductionConnection | null;
  /** Whether the address may be another from now on. */
  readonly asks: "password" | "address";
  readonly onDone?: () => void;
}

export function ConnectForm({ status, connection, asks, onDone }: ConnectFormProps) {
  const client = useQueryClient();
  const [target, setTarget] = useState<ProductionTarget>(
    connection === null
      ? NOWHERE
      : {
          address: connection.address,
          authority: connection.authority ?? "",
          without_tls: connection.without_tls,
        },
  );
  const [given, setGiven] = useState(NOTHING_GIVEN);
  const connect = useMutation<Failure | null, unknown>({
    mutationFn: () =>
      commands.connectProduction(
        asks === "address" ? target : null,
        given.password === "" ? null : given.password,
        given.remember,
      ),
    onSuccess: (notRemembered) => {
      setGiven(NOTHING_GIVEN);
      if (notRemembered !== null) {
        sayFailure(notRemembered);
      }
      lookAgain(client, status);
      onDone?.();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    connect.mutate();
  };
  return (
    <form
      className={css.form}
      onSubmit={submit}
      aria-label={asks === "address" ? "Where the ledger is" : "The password"}
    >
      {asks === "address" && <TargetFields target={target} onChange={setTarget} />}
      <PasswordFields given={given} onChange={setGiven} />
      {connect.error !== null && <FailureNotice failure={asFailure(connect.error)} />}
      <div className={css.acts}>
        <Button
          type="submit"
          look="primary"
          disabled={connect.isPending || (asks === "address" && target.address.trim() === "")}
        >
          {connect.isPending ? "Connecting" : "Connect"}
        </Button>
      </div>
    </form>
  );
}
