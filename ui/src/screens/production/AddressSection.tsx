/** Another address of the same ledger, or none at all. */
import { useState } from "react";
import type { ProductionConnection, WorkspaceStatus } from "../../host";
import { Button } from "../../parts/Button";
import { ConnectForm } from "./ConnectForm";
import css from "./production.module.css";

interface AddressSectionProps {
  readonly status: WorkspaceStatus;
  readonly connection: ProductionConnection;
  readonly isBusy: boolean;
  readonly onForget: () => void;
}

export function AddressSection({ status, connection, isBusy, onForget }: AddressSectionProps) {
  const [isMoving, setMoving] = useState(false);
  return (
    <section className={css.form} aria-label="The address">
      <div className={css.acts}>
        <Button onClick={() => setMoving(!isMoving)} aria-expanded={isMoving}>
          The ledger has another address
        </Button>
        <Button onClick={onForget} disabled={isBusy}>
          Forget how it is reached
        </Button>
      </div>
      {isMoving && (
        <ConnectForm
          status={status}
          connection={connection}
          asks="address"
          onDone={() => setMoving(false)}
        />
      )}
    </section>
  );
}
