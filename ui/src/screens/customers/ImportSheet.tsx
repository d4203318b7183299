/** Usage from a file: which file, read how; what could not be read; and then posted against the wallets. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { type FormEvent, useEffect, useId, useState } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands, question, type UsageImport, type UsagePosted } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Count, Moment } from "../../parts/Figure";
import { useCopy } from "../../parts/send/useCopy";
import { TaskProgress } from "../../parts/TaskProgress";
import table from "../../parts/table.module.css";
import { type Task, useTask } from "../../parts/useTask";
import css from "./acts/Acts.module.css";

export function ImportSheet({ zone }: { readonly zone: string }) {
  const [isOpen, setOpen] = useState(false);
  const changed = useChanged();
  const again = () => void changed();
  const importing = useTask<UsageImport>(again, "Import of usage");
  const posting = useTask<UsagePosted>(again, "Posting of usage");
  const copy = useCopy();
  const isBusy = importing.isRunning || posting.isRunning;
  return (
    // What runs is stopped with its own button, not by looking away.
    <Dialog.Root open={isOpen} onOpenChange={(open) => (open || !isBusy) && setOpen(open)}>
      <Dialog.Trigger render={<Button />}>
        <Upload aria-hidden="true" />
        Import usage
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={css.sheet}>
          <Dialog.Title className={dialog.title}>Import usage</Dialog.Title>
          {copy !== null && (
            <p role="note">
              This workspace is a copy of {copy.ledger}. Usage is imported and posted where its
              archive is, by the service at production, and cannot wait in the outbox. The copy
              shows it after the next pull.
            </p>
          )}
          {copy === null && (
            <>
              <ImportForm zone={zone} task={importing} />
              {importing.result !== undefined && !importing.isRunning && (
                <Imported result={importing.result} />
              )}
              <Post posting={posting} zone={zone} />
            </>
          )}
          <div className={css.foot}>
            <Dialog.Close render={<Button />} disabled={isBusy}>
              Close
            </Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ImportFormProps {
  readonly zone: string;
  readonly task: Task<UsageImport>;
}

function ImportForm({ zone, task }: ImportFormProps) {
  const [file, setFile] = useState("");
  const [mapping, setMapping] = useState("");
  const [skip, setSkip] = useState(false);
  const [used, mappingId] = [useId(), useId()];
  const mappings = useQuery(question(["usage", "mappings"], () => commands.usageMappings()));
  const latest = mappings.data?.[0]?.toml;
  useEffect(() => {
    if (latest !== undefined) {
      setMapping((before) => (before === "" ? latest : before));
    }
  }, [latest]);
  const chooseFile = useMutation({
    mutationFn: () =>
      commands.chooseFile("The file of usage", "Usage", [
        "csv",
        "jsonl",
        "ndjson",
        "parquet",
        "gz",
        "zst",
      ]),
    onSuccess: (chosen) => setFile((before) => chosen ?? before),
  });
  const chooseMapping = useMutation({
    mutationFn: async () => {
      const chosen = await commands.chooseFile("The mapping", "Mapping", ["toml"]);
      return chosen === null ? null : commands.readMapping(chosen);
    },
    onSuccess: (text) => setMapping((before) => text ?? before),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    task.start((id, progress) => commands.importUsage(file, mapping, skip, id, progress));
  };
  const wrong = task.failure ?? chooseFile.error ?? chooseMapping.error ?? mappings.error;
  return (
    <form className={css.form} onSubmit={submit}>
      <div className={css.row}>
        <Field
          label="File: CSV, JSON Lines or Parquet, plain or compressed"
          value={file}
          onChange={(event) => setFile(event.target.value)}
        />
        <Button onClick={() => chooseFile.mutate()}>Choose</Button>
      </div>
      <div className={css.row}>
        <div className={css.field}>
          <label htmlFor={used}>Read by a mapping that was used before</label>
          <select
            id={used}
            value={mappings.data?.some(({ toml }) => toml === mapping) ? mapping : ""}
            onChange={(event) => setMapping(event.target.value)}
          >
            <option value="">the one below</option>
            {mappings.data?.map(({ file: name, received_at, toml }) => (
              <option key={toml} value={toml}>
                {name}, {received_at.slice(0, 10)}
              </option>
            ))}
          </select>
        </div>
        <Button onClick={() => chooseMapping.mutate()}>Read a mapping file</Button>
      </div>
      <div className={css.field}>
        <label htmlFor={mappingId}>Mapping</label>
        <textarea
          id={mappingId}
          rows={10}
          spellCheck={false}
          value={mapping}
          onChange={(event) => setMapping(event.target.value)}
        />
      </div>
      <label className={css.check}>
        <input type="checkbox" checked={skip} onChange={(event) => setSkip(event.target.checked)} />
        Leave out rows that cannot be read, instead of importing nothing
      </label>
      {wrong !== null && <FailureNotice failure={asFailure(wrong)} />}
      {task.wasStopped && <p role="status">Stopped. Nothing was imported.</p>}
      {task.isRunning ? (
        <TaskProgress task={task} label="Reading the file" things="bytes" />
      ) : (
        <div>
          <Button
            type="submit"
            look="primary"
            disabled={file.trim() === "" || mapping.trim() === ""}
          >
            Import the file
          </Button>
        </div>
      )}
      {mappings.data !== undefined && mappings.data.length === 0 && mapping === "" && (
        <p className={css.left}>
          No file was imported yet. A mapping says which column is the customer, the time, the key
          and the quantities; times of the books are those of {zone}.
        </p>
      )}
    </form>
  );
}

function Imported({ result }: { readonly result: UsageImport }) {
  return (
    <section className={css.form} aria-label="What was imported">
      <p role="status">
        {result.is_imported ? (
          <>
            <Many count={result.rows} one="row" many="rows" /> read,{" "}
            <Many count={result.events} one="new event" many="new events" />,{" "}
            <Count value={result.duplicates} /> there already, <Count value={result.refused} /> rows
            refused.
          </>
        ) : (
          <>
            Nothing was imported: <Count value={result.refused} /> of <Count value={result.rows} />{" "}
            rows cannot be read.
          </>
        )}
      </p>
      {result.reasons.length > 0 && (
        <p className={css.left}>
          {result.reasons
            .map(({ reason, count }) => `${reason.replaceAll("_", " ")}: ${count}`)
            .join(", ")}
        </p>
      )}
      {result.first.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by keys.
        <section className={css.refused} tabIndex={0} aria-label="Rows that cannot be read">
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Why</th>
                <th scope="col">Row</th>
              </tr>
            </thead>
            <tbody>
              {result.first.map((row) => (
                <tr key={`${row.line} ${row.reason}`}>
                  <td>{row.line}</td>
                  <td>{row.reason}</td>
                  <td className={table.muted}>{row.text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {result.rejects_file !== null && (
        <p className={css.wrote}>All of them are listed in {result.rejects_file}</p>
      )}
    </section>
  );
}

interface ManyProps {
  readonly count: string;
  readonly one: string;
  readonly many: string;
}

function Many({ count, one, many }: ManyProps) {
  return (
    <>
      <Count value={count} /> {count === "1" ? one : many}
    </>
  );
}

interface PostProps {
  readonly posting: Task<UsagePosted>;
  readonly zone: string;
}

function Post({ posting, zone }: PostProps) {
  const { result } = posting;
  return (
    <section className={css.form} aria-labelledby="post">
      <h3 id="post">Post what was imported</h3>
      <p className={css.left}>
        Prices every event that is not yet posted and burns the lots that pay for it, all in one
        step.
      </p>
      {posting.failure !== null && <FailureNotice failure={posting.failure} />}
      {posting.wasStopped && <p role="status">Stopped. Nothing was posted.</p>}
      {posting.isRunning ? (
        <TaskProgress task={posting} label="Posting" things="events" />
      ) : (
        <div>
          <Button onClick={() => posting.start((id, to) => commands.postUsage(id, to))}>
            Post the usage
          </Button>
        </div>
      )}
      {result !== undefined && !posting.isRunning && (
        <>
          <p role="status">
            <Many count={result.priced} one="event" many="events" /> of{" "}
            <Many count={result.customers} one="customer" many="customers" /> posted in{" "}
            <Many count={result.entries} one="entry" many="entries" />,{" "}
            <Count value={result.free} /> free, <Count value={result.refused} /> refused.
          </p>
          <p className={css.left}>
            Usage before <Moment at={result.until} zone={zone} /> is posted.
          </p>
          {result.reasons.length > 0 && (
            <p className={css.left}>
              {result.reasons
                .map(({ reason, count }) => `${reason.replaceAll("_", " ")}: ${count}`)
                .join(", ")}
            </p>
          )}
        </>
      )}
    </section>
  );
}
