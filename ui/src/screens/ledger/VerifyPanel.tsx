/** The proof that the ledger is as it was recorded: what was checked, how many, and what was wrong. */
import { Dialog } from "@base-ui/react/dialog";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { commands, type Verification } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count } from "../../parts/Figure";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import css from "./VerifyPanel.module.css";

export function VerifyPanel() {
  const task = useTask<Verification>(undefined, "Verification of the ledger");
  const begin = () => task.start((id, progress) => commands.verifyLedger(id, progress));
  return (
    <Dialog.Root
      onOpenChange={(open) => {
        if (open) {
          begin();
        } else if (task.isRunning) {
          task.stop();
        }
      }}
    >
      <Dialog.Trigger render={<Button />}>
        <ShieldCheck aria-hidden="true" />
        Verify
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={`${dialog.popup} ${css.popup}`}>
          <Dialog.Title className={dialog.title}>Verify the ledger</Dialog.Title>
          <div className={css.body}>
            {task.isRunning && <TaskProgress task={task} label="Verifying" />}
            {task.failure !== null && <FailureNotice failure={task.failure} />}
            {task.wasStopped && <p>Stopped. Nothing was changed, and nothing is proved.</p>}
            {task.result !== undefined && !task.isRunning && <Result result={task.result} />}
          </div>
          <div className={css.acts}>
            {!task.isRunning && <Button onClick={begin}>Verify again</Button>}
            <Dialog.Close render={<Button />}>Close</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Result({ result }: { readonly result: Verification }) {
  const wrong = result.checks.reduce((sum, { findings }) => sum + findings.length, 0);
  return (
    <>
      <p className={result.sound ? css.sound : css.unsound} role="status">
        {result.sound ? <ShieldCheck aria-hidden="true" /> : <ShieldAlert aria-hidden="true" />}
        {result.sound
          ? "The ledger verifies."
          : `The ledger does not verify: ${wrong} ${wrong === 1 ? "finding" : "findings"}.`}
      </p>
      <table className={css.checks}>
        <caption className="visually-hidden">What was checked</caption>
        <tbody>
          {result.checks.map(({ check, count, findings }) => (
            <tr key={check}>
              <td>
                {check}
                {findings.length > 0 && (
                  <ul className={css.findings}>
                    {findings.map((finding) => (
                      <li key={finding}>{finding}</li>
                    ))}
                  </ul>
                )}
              </td>
              <td>
                <Count value={count} />
              </td>
              <td>{findings.length === 0 ? "holds" : "does not hold"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={css.checkpoint}>
        Checkpoint <code>{result.checkpoint}</code>
      </p>
    </>
  );
}
