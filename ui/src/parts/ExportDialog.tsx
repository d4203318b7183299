/** Writing something to files: where, as what, and then what was written. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type FormEvent, useState } from "react";
import { asFailure, type Channel, commands, type Exported, type Progress } from "../host";
import { Button } from "./Button";
import dialog from "./Dialog.module.css";
import css from "./ExportDialog.module.css";
import { FailureNotice } from "./FailureNotice";
import { Field } from "./Field";
import { Count } from "./Figure";
import { TaskProgress } from "./TaskProgress";
import { useTask } from "./useTask";

export interface ExportFormat<Code> {
  readonly code: Code;
  readonly label: string;
}

interface ExportDialogProps<Code> {
  readonly title: string;
  /** What the native dialog asks. */
  readonly folderTitle: string;
  /** The first is chosen. */
  readonly formats: readonly [ExportFormat<Code>, ...ExportFormat<Code>[]];
  /** What is going on while it is written. */
  readonly label: string;
  /** What the desktop says has ended, when it took long. */
  readonly name: string;
  readonly onWrite: (
    format: Code,
    folder: string,
    task: string,
    progress: Channel<Progress>,
  ) => Promise<Exported>;
}

/** The folder of the last export stays for the next one. */
let lastFolder = "";

export function ExportDialog<Code extends string>(props: ExportDialogProps<Code>) {
  const { title, folderTitle, formats, label, name, onWrite } = props;
  const [folder, setFolder] = useState(lastFolder);
  const [format, setFormat] = useState<Code>(formats[0].code);
  const task = useTask<Exported>(undefined, name);
  const choose = useMutation({
    mutationFn: () => commands.chooseFolder(folderTitle),
    onSuccess: (chosen) => setFolder((before) => chosen ?? before),
  });
  const write = (event: FormEvent) => {
    event.preventDefault();
    lastFolder = folder;
    task.start((id, progress) => onWrite(format, folder, id, progress));
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
          <Dialog.Title className={dialog.title}>{title}</Dialog.Title>
          <form className={css.form} onSubmit={write}>
            <fieldset className={css.formats}>
              <legend>As</legend>
              {formats.map(({ code, label }) => (
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
            {task.isRunning && <TaskProgress task={task} label={label} things="entries" />}
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
