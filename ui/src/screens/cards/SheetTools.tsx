/** What a sheet is looked at and worked on with: filter, find, group, freeze, undo, the range. */
import { CornerDownRight, Minus, Plus, Redo2, Undo2 } from "lucide-react";
import { type KeyboardEvent, type RefObject, useId, useState } from "react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import fields from "../../parts/Field.module.css";
import css from "./cards.module.css";
import { rangeOf, sizeOf } from "./model/range";
import type { OpenSheet } from "./useSheet";

interface SheetToolsProps {
  readonly open: OpenSheet;
  readonly params: Readonly<Record<string, string>>;
  readonly isDraft: boolean;
  /** The currency of cost and margin, where they can be told. */
  readonly costs: string | null;
  readonly finder: RefObject<HTMLInputElement | null>;
  readonly onParams: (changed: Readonly<Record<string, string>>) => void;
}

export function SheetTools(props: SheetToolsProps) {
  const { open, params, isDraft, costs, finder, onParams } = props;
  const find = useId();
  const onFindKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === "F3") {
      event.preventDefault();
      open.findNext(event.shiftKey);
    }
  };
  return (
    <>
      <Field
        label={open.filterProblem === null ? "Filter" : `Filter: ${open.filterProblem}`}
        placeholder="model ~ claude"
        style={{ width: "17ch" }}
        value={params.filter ?? ""}
        aria-invalid={open.filterProblem !== null}
        onChange={(event) => onParams({ filter: event.currentTarget.value })}
      />
      <div className={fields.field}>
        <label htmlFor={find}>Find</label>
        <input
          id={find}
          ref={finder}
          style={{ width: "12ch" }}
          autoComplete="off"
          spellCheck={false}
          value={params.find ?? ""}
          onChange={(event) => onParams({ find: event.currentTarget.value })}
          onKeyDown={onFindKey}
        />
      </div>
      <ColumnChoice
        label="Group by"
        none="nothing"
        value={params.group ?? ""}
        columns={open.columns.filter(({ key, isNumber }) => !isNumber && key !== "code")}
        onChoose={(group) => onParams({ group })}
      />
      <ColumnChoice
        label="Freeze up to"
        none="Rate"
        value={params.freeze ?? ""}
        columns={open.columns.slice(1, 6)}
        onChoose={(freeze) => onParams({ freeze })}
      />
      {costs !== null && (
        <label className={css.check}>
          <input
            type="checkbox"
            checked={params.costs === "yes"}
            onChange={({ target }) => onParams({ costs: target.checked ? "yes" : "" })}
          />
          Cost and margin
        </label>
      )}
      {isDraft && <Changes open={open} />}
    </>
  );
}

interface ColumnChoiceProps {
  readonly label: string;
  readonly none: string;
  readonly value: string;
  readonly columns: OpenSheet["columns"];
  readonly onChoose: (key: string) => void;
}

function ColumnChoice({ label, none, value, columns, onChoose }: ColumnChoiceProps) {
  const id = useId();
  return (
    <Field.Label htmlFor={id} label={label}>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{none}</option>
        {columns.map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </Field.Label>
  );
}

function Changes({ open }: { readonly open: OpenSheet }) {
  const { past, future } = open.model;
  const [text, setText] = useState("");
  const cells = sizeOf(rangeOf(open.selection));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      open.command(text);
    }
  };
  return (
    <div className={css.changes}>
      <Field
        label={cells === 1 ? "Change the selected cell" : `Change ${cells} selected cells`}
        placeholder="x 1.05, +5 %, round 0.05"
        style={{ width: "23ch" }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <IconButton label="Apply to the selected cells" onClick={() => open.command(text)}>
        <CornerDownRight aria-hidden="true" />
      </IconButton>
      <IconButton
        label={past.length === 0 ? "Nothing to undo" : `Undo: ${past.at(-1)?.what}`}
        disabled={past.length === 0}
        onClick={open.undo}
      >
        <Undo2 aria-hidden="true" />
      </IconButton>
      <IconButton
        label={future.length === 0 ? "Nothing to redo" : `Redo: ${future.at(-1)?.what}`}
        disabled={future.length === 0}
        onClick={open.redo}
      >
        <Redo2 aria-hidden="true" />
      </IconButton>
      <IconButton label="Add a rate" onClick={open.insert}>
        <Plus aria-hidden="true" />
      </IconButton>
      <IconButton
        label="Remove the selected rates"
        disabled={open.activeLine === null}
        onClick={open.remove}
      >
        <Minus aria-hidden="true" />
      </IconButton>
    </div>
  );
}

interface IconButtonProps {
  readonly label: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}

function IconButton({ label, disabled = false, onClick, children }: IconButtonProps) {
  return (
    <Button
      look="quiet"
      className={css.icon}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}
