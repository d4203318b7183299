/** A new workspace: what it starts from, and where it will be. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import {
  asFailure,
  commands,
  question,
  type Template,
  type TemplateExtent,
  type WorkspaceStatus,
} from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import css from "./StartScreen.module.css";

const templatesQuestion = question(["templates"], () => commands.templates());

interface NewWorkspaceProps {
  readonly onMade: (status: WorkspaceStatus) => void;
  /** Told when the work begins and when it has ended: nothing else is begun meanwhile. */
  readonly onBusy: (isBusy: boolean) => void;
}

export function NewWorkspace({ onMade, onBusy }: NewWorkspaceProps) {
  const templates = useQuery(templatesQuestion);
  const [template, setTemplate] = useState("");
  const [extent, setExtent] = useState<TemplateExtent>("configuration");
  const [folder, setFolder] = useState("");
  const task = useTask<WorkspaceStatus>(onMade, "Making of a workspace");
  const { isRunning } = task;
  useEffect(() => {
    onBusy(isRunning);
    return () => onBusy(false);
  }, [isRunning, onBusy]);
  const choose = useMutation({
    mutationFn: () => commands.chooseFolder("Where the new workspace will be"),
    onSuccess: (chosen) => setFolder((before) => chosen ?? before),
  });
  const chosen = template === "" ? (templates.data?.[0]?.name ?? "") : template;
  const make = (event: FormEvent) => {
    event.preventDefault();
    task.start((id, progress) => commands.createWorkspace(folder, chosen, extent, id, progress));
  };
  const wrong = task.failure ?? templates.error ?? choose.error;
  return (
    <form className={css.making} onSubmit={make} aria-label="A new workspace">
      <Choices templates={templates.data ?? []} chosen={chosen} onChoose={setTemplate} />
      <Field.Label htmlFor="extent" label="With">
        <select
          id="extent"
          value={extent}
          onChange={(event) =>
            setExtent(event.target.value === "month" ? "month" : "configuration")
          }
        >
          <option value="configuration">its configuration alone</option>
          <option value="month">a month of sample customers and usage</option>
        </select>
      </Field.Label>
      <div className={css.place}>
        <Field
          label="Folder"
          value={folder}
          onChange={(event) => setFolder(event.target.value)}
          style={{ width: "52ch" }}
        />
        <Button onClick={() => choose.mutate()}>Choose</Button>
      </div>
      {wrong !== null && <FailureNotice failure={asFailure(wrong)} />}
      {isRunning ? (
        <TaskProgress task={task} label="Making the workspace" />
      ) : (
        <div>
          <Button type="submit" look="primary" disabled={folder.trim() === "" || chosen === ""}>
            Make the workspace
          </Button>
        </div>
      )}
    </form>
  );
}

interface ChoicesProps {
  readonly templates: readonly Template[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}

function Choices({ templates, chosen, onChoose }: ChoicesProps) {
  return (
    <fieldset className={css.templates}>
      <legend>Start from</legend>
      {templates.map(({ name, title, description }) => (
        <label key={name}>
          <input
            type="radio"
            name="template"
            checked={name === chosen}
            onChange={() => onChoose(name)}
          />
          <span>
            <strong>{title}</strong>
            <span>{description}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
