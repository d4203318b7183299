/** The controls of a draft's form: each is one value of the version, with what is wrong under it. */
import { createContext, type ReactNode, useContext, useId } from "react";
import { Field } from "../Field";
import css from "./Draft.module.css";
import type { EditedDraft } from "./useDraft";

const DraftContext = createContext<EditedDraft | null>(null);
export const DraftProvider = DraftContext.Provider;

export function useEdited(): EditedDraft {
  const draft = useContext(DraftContext);
  if (draft === null) {
    throw new Error("A field of a draft stands outside of its form.");
  }
  return draft;
}

interface TextProps {
  /** As the value is called in the configuration. */
  readonly name: string;
  readonly label: string;
  /** What holds when it is left empty. */
  readonly hint?: string;
  readonly width?: string;
  /** Sets more than the value itself. */
  readonly onType?: (text: string) => void;
}

export function Text({ name, label, hint, width = "12ch", onType }: TextProps) {
  const { values, set } = useEdited();
  const message = useId();
  const problem = useProblem(name);
  return (
    <div className={css.cell}>
      <Field
        label={label}
        value={values[name] ?? ""}
        placeholder={hint}
        style={{ width }}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : message}
        onChange={(event) =>
          onType === undefined ? set({ [name]: event.target.value }) : onType(event.target.value)
        }
      />
      <Message id={message} text={problem} />
    </div>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly Option[];
  /** What holds when it is left out. */
  readonly usual: string;
  /** Sets more than the value itself. */
  readonly onChoose?: (value: string) => void;
}

export function Choice({ name, label, options, usual, onChoose }: ChoiceProps) {
  const { values, set } = useEdited();
  const [id, message] = [useId(), useId()];
  const problem = useProblem(name);
  return (
    <div className={css.cell}>
      <Field.Label htmlFor={id} label={label}>
        <select
          id={id}
          value={values[name] ?? usual}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : message}
          onChange={(event) =>
            onChoose === undefined
              ? set({ [name]: event.target.value })
              : onChoose(event.target.value)
          }
        >
          {options.map(({ value, label: text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </Field.Label>
      <Message id={message} text={problem} />
    </div>
  );
}

interface TickProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

export function Tick({ label, isOn, onChange }: TickProps) {
  return (
    <label className={css.tick}>
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

/** What is wrong with a place that no single control stands for: a list, or a policy as a whole. */
export function PlaceProblem({ name }: { readonly name: string }) {
  return <Message text={useProblem(name)} />;
}

function Message({ id, text }: { readonly id?: string; readonly text: string | undefined }) {
  return text === undefined ? null : (
    <p id={id} className={css.problem}>
      {text}
    </p>
  );
}

function useProblem(name: string): string | undefined {
  return useEdited().problems.find(({ place }) => place === name)?.message;
}

/** Fields of one line. */
export function Row({ children }: { readonly children: ReactNode }) {
  return <div className={css.row}>{children}</div>;
}
