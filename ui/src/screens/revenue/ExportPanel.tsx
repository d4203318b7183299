/** Writing a report to files: where, as what, and then what was written. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type FormEvent, useState } from "react";
import {
  type AskedReport,
  asFailure,
  commands,
  type Exported,
  type ReportFormat,
} from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Count } from "../../parts/Figure";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import { REPORTS } from "./asked";
import css from "./ExportPanel.module.css";

const FORMATS: readonly { code: ReportFormat; label: string }[] = [
  { code: "xlsx", label: "one workbook, with formulas (XLSX)" },
  { code: "pdf", label: "a document to print and to archive (PDF)" },
  { code: "csv", label: "a file for each table (CSV)" },
];

/** The folder of the last export stays for the next one. */
let lastFolder = "";

export function ExportPanel({ asked }: { readonly asked: AskedReport }) {
  const [folder, setFolder] = useState(lastFolder);
  const [format, setFormat] = useState<ReportFormat>("xlsx");
  const task = useTask<Exported>(undefined, "Export of a report");
  const choose = useMutation({
    mutationFn: () => commands.chooseFolder("Where to write the report"),
    onSuccess: (chosen) => setFolder((before) => chosen ?? before),
  });
  const title = REPORTS.find(({ name }) => name === asked.report)?.title ?? "Report";
  const write = (event: FormEvent) => {
    event.preventDefault();
    lastFolder = folder;
    task.start((id, progress) => commands.exportReport(asked, format, folder, id, progress));
  };
  const wrong = task.failure ?? choose.error;
  return (
    <Dialog.Root>
      <Dialog.Trigger render={<Button />}>
        <Download aria-hidden="true" />
        Export
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>
            Export: {title}, {asked.from === asked.to ? asked.to : `${asked.from} to ${asked.to}`}
          </Dialog.Title>
          <form className={css.form} onSubmit={write}>
            <fieldset className={css.formats}>
              <legend>As</legend>
              {FORMATS.map(({ code, label }) => (
                <label key={code}>
                  <input
                    type="radio"
                    name="format"
                    checked={format === code}
                    onChange={() => setFormat(code)}
                  />
                  {label}
                </label>
              ))}
            </fieldset>
            <div className={css.place}>
              <Field
                label="Folder"
                value={folder}
                onChange={(event) => setFolder(event.target.value)}
              />
              <Button onClick={() => choose.mutate()}>Choose</Button>
            </div>
            {wrong !== null && <FailureNotice failure={asFailure(wrong)} />}
            {task.isRunning && (
              <TaskProgress task={task} label="Writing the report" things="entries" />
            )}
            {task.wasStopped && <p>Stopped; no file was left half written.</p>}
            {task.result !== undefined && !task.isRunning && <Written exported={task.result} />}
            <div className={css.acts}>
              <Dialog.Close render={<Button />}>Close</Dialog.Close>
              <Button
                type="submit"
                look="primary"
                disabled={folder.trim() === "" || task.isRunning}
              >
                Write the files
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Written({ exported }: { readonly exported: Exported }) {
  const { files, folder } = exported;
  return (
    <section role="status" className={css.written}>
      <p>
        {files.length === 1 ? "1 file was" : `${files.length} files were`} written to{" "}
        <code>{folder}</code>:
      </p>
      <ul>
        {files.map(({ name, bytes }) => (
          <li key={name}>
            {name}{" "}
            <span>
              <Count value={bytes} /> bytes
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
