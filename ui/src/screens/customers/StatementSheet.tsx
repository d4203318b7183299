/** The statement of a customer for some months, as a document or a workbook. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { asFailure, commands, type StatementFormat, type WorkspaceStatus } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import css from "./acts/Acts.module.css";

interface StatementSheetProps {
  readonly customer: string;
  readonly status: WorkspaceStatus;
}

export function StatementSheet({ customer, status }: StatementSheetProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger render={<Button />}>Statement</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={css.sheet}>
          <Dialog.Title className={dialog.title}>Statement of {customer}</Dialog.Title>
          <StatementForm customer={customer} status={status} />
          <div className={css.foot}>
            <Dialog.Close render={<Button />}>Close</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function StatementForm({ customer, status }: StatementSheetProps) {
  const last = status.last_day?.slice(0, 7) ?? "";
  const [from, setFrom] = useState(last);
  const [to, setTo] = useState(last);
  const [format, setFormat] = useState<StatementFormat>("pdf");
  const [folder, setFolder] = useState("");
  const id = useId();
  const choose = useMutation({
    mutationFn: () => commands.chooseFolder("Where the statement will be"),
    onSuccess: (chosen) => setFolder((before) => chosen ?? before),
  });
  const write = useTask<string[]>(undefined, "Statement of a customer");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    write.start((task, progress) =>
      commands.writeStatement(customer, from, to, format, folder, task, progress),
    );
  };
  const wrong = write.failure ?? choose.error;
  return (
    <form className={css.form} onSubmit={submit}>
      <p className={css.left}>
        What the wallets held at the start and at the end, every movement between, what was paid and
        what is left and until when.
      </p>
      <div className={css.beside}>
        <Field
          label="First month"
          placeholder="2026-10"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Field
          label="Last month"
          placeholder="2026-10"
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
        <Field.Label htmlFor={id} label="As">
          <select
            id={id}
            value={format}
            onChange={(event) => setFormat(event.target.value === "xlsx" ? "xlsx" : "pdf")}
          >
            <option value="pdf">PDF</option>
            <option value="xlsx">XLSX</option>
          </select>
        </Field.Label>
      </div>
      <div className={css.row}>
        <Field label="Folder" value={folder} onChange={(event) => setFolder(event.target.value)} />
        <Button onClick={() => choose.mutate()}>Choose</Button>
      </div>
      {wrong !== null && <FailureNotice failure={asFailure(wrong)} />}
      {write.result?.map((file) => (
        <p key={file} className={css.wrote} role="status">
          Wrote {file}
        </p>
      ))}
      {write.isRunning && <TaskProgress task={write} label="Writing the statement" />}
      <div>
        <Button
          type="submit"
          look="primary"
          disabled={write.isRunning || folder.trim() === "" || from === "" || to === ""}
        >
          Write the statement
        </Button>
      </div>
    </form>
  );
}
