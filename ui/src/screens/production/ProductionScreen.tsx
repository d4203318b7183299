/** The production ledger that this copy follows: how fresh the copy is, pulling, comparing, the line. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { readAgain } from "../../changed";
import {
  asFailure,
  commands,
  type LineState,
  type ProductionState,
  type PulledNow,
  type Reconciled,
} from "../../host";
import { Button } from "../../parts/Button";
import { Chip, type ChipLook } from "../../parts/Chip";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { ProgressLine } from "../../parts/ProgressLine";
import { Skeleton } from "../../parts/Skeleton";
import { TaskProgress } from "../../parts/TaskProgress";
import { type Task, useTask } from "../../parts/useTask";
import { lookAgain, useProduction, wordOf } from "../../production";
import { hrefOf } from "../../router";
import type { ScreenProps } from "../screen";
import { AddressSection } from "./AddressSection";
import { Differences } from "./Differences";
import { Facts } from "./Facts";
import { LineNotice } from "./LineNotice";
import { PullOutcome } from "./PullOutcome";
import css from "./production.module.css";

const LOOKS: Readonly<Partial<Record<LineState, ChipLook>>> = {
  connected: "sound",
  lost: "caution",
};

/** What a person may do about the line. */
type LineAct = "disconnect" | "forget";

export function ProductionScreen({ status }: ScreenProps) {
  const state = useProduction(status);
  return state === null ? (
    <Page title="Production">
      <Skeleton label="Asking how the line to production is" rows={6} />
    </Page>
  ) : (
    <Followed status={status} state={state} />
  );
}

interface FollowedProps extends Pick<ScreenProps, "status"> {
  readonly state: ProductionState;
}

function Followed({ status, state }: FollowedProps) {
  const client = useQueryClient();
  const pull = useTask<PulledNow>(() => {
    void readAgain(client);
    lookAgain(client, status);
  }, "Pulling from production");
  const reconcile = useTask<Reconciled>(undefined, "Comparing with production");
  const line = useMutation<unknown, unknown, LineAct>({
    mutationFn: (act) => commands.disconnectProduction(act === "forget"),
    onSettled: () => lookAgain(client, status),
  });
  const isOpen = state.line !== "closed" && state.line !== "unknown";
  const isBusy = pull.isRunning || reconcile.isRunning || line.isPending;
  return (
    <Page
      title="Production"
      state={
        <Chip look={LOOKS[state.line] ?? "plain"} role="status">
          {wordOf(state)}
        </Chip>
      }
      acts={<Acts {...{ pull, reconcile, isOpen, isBusy }} onLine={line.mutate} />}
    >
      <div className={css.production}>
        <LineNotice state={state} status={status} />
        {line.error !== null && <FailureNotice failure={asFailure(line.error)} />}
        <Facts state={state} status={status} />
        <p className={css.hint}>
          {state.line === "connected" &&
            "The server is asked every few seconds; what is new there is pulled by itself and appears on every screen. "}
          Nothing is recorded in a copy: what you do waits in the{" "}
          <a href={hrefOf("outbox")}>outbox</a> until it is pushed.
        </p>
        {state.pulling !== null && !pull.isRunning && (
          <ProgressLine progress={state.pulling} label="Pulling from production" />
        )}
        <PullOutcome pull={pull} />
        {reconcile.isRunning && <TaskProgress task={reconcile} label="Comparing" />}
        {reconcile.failure !== null && <FailureNotice failure={reconcile.failure} />}
        {reconcile.wasStopped && <p role="status">Stopped. Nothing was changed.</p>}
        {reconcile.result !== undefined && !reconcile.isRunning && (
          <Differences found={reconcile.result} status={status} />
        )}
        {state.connection !== null && (
          <AddressSection
            status={status}
            connection={state.connection}
            isBusy={isBusy}
            onForget={() => line.mutate("forget")}
          />
        )}
      </div>
    </Page>
  );
}

interface ActsProps {
  readonly pull: Task<PulledNow>;
  readonly reconcile: Task<Reconciled>;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly onLine: (act: LineAct) => void;
}

function Acts({ pull, reconcile, isOpen, isBusy, onLine }: ActsProps) {
  return (
    <>
      {isOpen && (
        <Button onClick={() => onLine("disconnect")} disabled={isBusy}>
          Disconnect
        </Button>
      )}
      <Button
        onClick={() =>
          reconcile.start((task, progress) => commands.reconcileProduction(task, progress))
        }
        disabled={isBusy || !isOpen}
      >
        Reconcile
      </Button>
      <Button
        look="primary"
        onClick={() =>
          pull.start((task, progress) => commands.pullProduction(false, task, progress))
        }
        disabled={isBusy || !isOpen}
      >
        Pull now
      </Button>
    </>
  );
}
