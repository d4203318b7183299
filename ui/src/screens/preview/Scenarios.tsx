/** The scenarios: which drafts are in which, over which window, for whom. */
import { type FormEvent, useId } from "react";
import type { AskedPreview, DraftChange, PreviewDraft } from "../../host";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { replaceParams } from "../../router";
import { LETTERS, type Letter, letterOf, withDraft } from "./asked";
import css from "./Scenarios.module.css";

/** As many changes of a draft are listed; the rest are counted. */
const CHANGES_MAX = 3;

interface ScenariosProps {
  readonly drafts: readonly PreviewDraft[];
  readonly params: Readonly<Record<string, string>>;
  readonly asked: AskedPreview;
  readonly onRun: () => void;
  readonly isRunning: boolean;
}

export function Scenarios({ drafts, params, asked, onRun, isRunning }: ScenariosProps) {
  const timing = useId();
  const set = (name: string, value: string) => {
    const { [name]: _before, ...others } = params;
    replaceParams(value.trim() === "" ? others : { ...others, [name]: value.trim() });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRun();
  };
  return (
    <form className={css.scenarios} aria-label="Scenarios" onSubmit={submit}>
      <section aria-labelledby={`${timing}-drafts`}>
        <h2 id={`${timing}-drafts`}>Drafts</h2>
        <ul>
          {drafts.map((draft) => (
            <Draft
              key={draft.name}
              draft={draft}
              letter={letterOf(params, draft.name)}
              onMove={(letter) => replaceParams(withDraft(params, draft.name, letter))}
            />
          ))}
        </ul>
      </section>
      <section aria-labelledby={`${timing}-window`} className={css.window}>
        <h2 id={`${timing}-window`}>Window</h2>
        <div className={css.days}>
          <Field
            key={`from ${asked.from}`}
            label="First day"
            defaultValue={asked.from}
            onBlur={({ target }) => target.value.trim() !== "" && set("from", target.value)}
          />
          <Field
            key={`through ${asked.through}`}
            label="Last day"
            defaultValue={asked.through}
            onBlur={({ target }) => target.value.trim() !== "" && set("through", target.value)}
          />
        </div>
        <Field.Label htmlFor={timing} label="The changes count">
          <select
            id={timing}
            value={asked.as_dated ? "yes" : ""}
            onChange={({ target }) => set("dated", target.value)}
          >
            <option value="">from the first day on</option>
            <option value="yes">at their own dates</option>
          </select>
        </Field.Label>
        <Field
          key={`of ${asked.customers.join(" ")}`}
          label="Customers; all if empty"
          defaultValue={asked.customers.join(", ")}
          onBlur={({ target }) => set("customers", target.value)}
        />
      </section>
      <Button
        type="submit"
        look="primary"
        disabled={isRunning || asked.scenarios.length === 0}
        title={asked.scenarios.length === 0 ? "Put a draft into a scenario first" : undefined}
      >
        Run the preview
      </Button>
    </form>
  );
}

interface DraftProps {
  readonly draft: PreviewDraft;
  readonly letter: Letter | null;
  readonly onMove: (letter: Letter | null) => void;
}

function Draft({ draft, letter, onMove }: DraftProps) {
  const id = useId();
  const more = draft.changes.length - CHANGES_MAX;
  return (
    <li className={css.draft} data-in={letter !== null}>
      <div className={css.head}>
        <label htmlFor={id} title={draft.name}>
          {draft.name}
        </label>
        <select
          id={id}
          value={letter ?? ""}
          disabled={draft.errors.length > 0 && letter === null}
          onChange={({ target }) => onMove(LETTERS.find((one) => one === target.value) ?? null)}
        >
          <option value="">left out</option>
          {LETTERS.map((one) => (
            <option key={one} value={one}>
              in {one}
            </option>
          ))}
        </select>
      </div>
      {draft.note !== "" && <p>{draft.note}</p>}
      {draft.errors.map((error) => (
        <p key={error} className={css.wrong}>
          {error}
        </p>
      ))}
      <ul>
        {draft.changes.slice(0, CHANGES_MAX).map((change) => (
          <Change key={`${change.what} ${change.new}`} change={change} />
        ))}
        {more > 0 && <li>and {more} more changes</li>}
      </ul>
    </li>
  );
}

function Change({ change }: { readonly change: DraftChange }) {
  const { what, old, new: after, percent } = change;
  let happened = `${after ?? ""} in place of ${old ?? ""}`;
  if (old === null) {
    happened = `new, ${after ?? ""}`;
  } else if (after === null) {
    happened = "taken away";
  }
  const share = percent === null ? "" : ` (${percent.replace("-", "\u2212")} %)`;
  return (
    <li title={`${what}: ${happened}${share}`}>
      {what}: {happened}
      {share}
    </li>
  );
}
