/** A field with its label over it. */
import { type InputHTMLAttributes, type ReactNode, useId } from "react";
import css from "./Field.module.css";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
}

export function Field({ label, ...rest }: FieldProps) {
  const id = useId();
  return (
    <FieldLabel htmlFor={id} label={label}>
      <input id={id} autoComplete="off" spellCheck={false} {...rest} />
    </FieldLabel>
  );
}

interface FieldLabelProps {
  readonly htmlFor: string;
  readonly label: string;
  readonly children: ReactNode;
}

/** The label and the room of a control that is no plain field. */
function FieldLabel({ htmlFor, label, children }: FieldLabelProps) {
  return (
    <div className={css.field}>
      <label htmlFor={htmlFor}>{label}</label>
      {children}
    </div>
  );
}

Field.Label = FieldLabel;
