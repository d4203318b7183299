/** A copy of a production ledger: where the ledger is, and where the copy will be. */
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { asFailure, commands, type FollowedNow, type WorkspaceStatus } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { TaskProgress } from "../../parts/TaskProgress";
import { sayFailure } from "../../parts/Toasts";
import { useTask } from "../../parts/useTask";
import { NOTHING_GIVEN, NOWHERE, PasswordFields, TargetFields } from "../production/TargetFields";
import css from "./StartScreen.module.css";

interface FollowLedgerProps {
  readonly onMade: (status: WorkspaceStatus) => void;
  /** Told when the work begins and when it has ended: nothing else is begun meanwhile. */
  readonly onBusy: (isBusy: boolean) => void;
}

export function FollowLedger({ onMade, onBusy }: FollowLedgerProps) {
  const [target, setTarget] = useState(NOWHERE);
  const [given, setGiven] = useState(NOTHING_GIVEN);
  const [folder, setFolder] = useState("");
  const task = useTask<FollowedNow>(({ status, not_remembered: notRemembered }) => {
    if (notRemembered !== null) {
      sayFailure(notRemembered);
    }
    onMade(status);
  }, "The first pull from production");
  const { isRunning } = task;
  useEffect(() => {
    onBusy(isRunning);
    return () => onBusy(false);
  }, [isRunning, onBusy]);
  const choose = useMutation({
    mutationFn: () => commands.chooseFolder("Where the copy will be"),
    onSuccess: (chosen) => setFolder((before) => chosen ?? before),
  });
  const follow = (event: FormEvent) => {
    event.preventDefault();
    const password = given.password === "" ? null : given.password;
    task.start((id, progress) =>
      commands.followProduction(
        { target, folder, password, remember: given.remember },
        id,
        progress,
      ),
    );
  };
  const wrong = task.failure ?? choose.error;
  return (
    <form className={css.making} onSubmit={follow} aria-label="Follow a production ledger">
      <TargetFields target={target} onChange={setTarget} />
      <PasswordFields given={given} onChange={setGiven} />
      <div className={css.place}>
        <Field
          label="Folder of the copy"
          value={folder}
          onChange={(event) => setFolder(event.target.value)}
          style={{ width: "52ch" }}
        />
        <Button onClick={() => choose.mutate()}>Choose</Button>
      </div>
      {wrong !== null && <FailureNotice failure={asFailure(wrong)} />}
      {task.stopped !== null && (
        <p role="status">
          Stopped. {task.stopped.kept} {task.stopped.todo}
        </p>
      )}
      {isRunning ? (
        <TaskProgress task={task} label="Making the copy" />
      ) : (
        <div>
          <Button
            type="submit"
            look="primary"
            disabled={folder.trim() === "" || target.address.trim() === ""}
          >
            Make the copy
          </Button>
        </div>
      )}
    </form>
  );
}
