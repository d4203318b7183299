/** Edits of a sheet, all of which can be undone. Pure: a sheet and an edit make another sheet. */
import type { SheetRow } from "../../../host";
import { type Line, withCell } from "./columns";
import { groupedBy } from "./groups";

export interface CellEdit {
  /** Id of the line. */
  readonly id: number;
  readonly column: string;
  readonly text: string;
}

interface Past {
  readonly lines: readonly Line[];
  /** What was done after it, in words. */
  readonly what: string;
}

export interface Sheet {
  readonly lines: readonly Line[];
  readonly nextId: number;
  readonly past: readonly Past[];
  readonly future: readonly Past[];
}

/** As many edits can be undone. */
const UNDO_MAX = 500;

export type Edit =
  | { readonly type: "cells"; readonly what: string; readonly cells: readonly CellEdit[] }
  | {
      /** Cells and new rows together, as a paste makes them. */
      readonly type: "paste";
      readonly what: string;
      readonly cells: readonly CellEdit[];
      readonly rows: readonly SheetRow[];
    }
  | {
      readonly type: "insert";
      /** After the line with this id; at the end if null. */
      readonly after: number | null;
      readonly rows: readonly SheetRow[];
      readonly what: string;
    }
  | { readonly type: "remove"; readonly ids: ReadonlySet<number>; readonly what: string }
  | { readonly type: "row"; readonly id: number; readonly row: SheetRow; readonly what: string }
  | { readonly type: "undo" }
  | { readonly type: "redo" };

export function sheetOf(rows: readonly SheetRow[]): Sheet {
  return {
    lines: rows.map((row, id) => ({ id, row })),
    nextId: rows.length,
    past: [],
    future: [],
  };
}

export function rowsOf(sheet: Sheet): SheetRow[] {
  return sheet.lines.map(({ row }) => row);
}

function done(sheet: Sheet, lines: readonly Line[], what: string): Sheet {
  const isSame =
    lines.length === sheet.lines.length && lines.every((line, n) => line === sheet.lines[n]);
  if (isSame) {
    return sheet;
  }
  const past = [...sheet.past, { lines: sheet.lines, what }].slice(-UNDO_MAX);
  return { ...sheet, lines, past, future: [] };
}

function typed(lines: readonly Line[], cells: readonly CellEdit[]): readonly Line[] {
  const byId = groupedBy(cells, ({ id }) => id);
  return lines.map((line) => {
    const edits = byId.get(line.id);
    if (edits === undefined) {
      return line;
    }
    const row = edits.reduce((row, { column, text }) => withCell(row, column, text), line.row);
    return row === line.row ? line : { id: line.id, row };
  });
}

function added(sheet: Sheet, rows: readonly SheetRow[]): readonly Line[] {
  return rows.map((row, n) => ({ id: sheet.nextId + n, row }));
}

export function edited(sheet: Sheet, edit: Edit): Sheet {
  switch (edit.type) {
    case "cells":
      return done(sheet, typed(sheet.lines, edit.cells), edit.what);
    case "paste": {
      const lines = [...typed(sheet.lines, edit.cells), ...added(sheet, edit.rows)];
      return { ...done(sheet, lines, edit.what), nextId: sheet.nextId + edit.rows.length };
    }
    case "insert": {
      const at = sheet.lines.findIndex(({ id }) => id === edit.after);
      const split = at < 0 ? sheet.lines.length : at + 1;
      const lines = [
        ...sheet.lines.slice(0, split),
        ...added(sheet, edit.rows),
        ...sheet.lines.slice(split),
      ];
      return { ...done(sheet, lines, edit.what), nextId: sheet.nextId + edit.rows.length };
    }
    case "remove":
      return done(
        sheet,
        sheet.lines.filter(({ id }) => !edit.ids.has(id)),
        edit.what,
      );
    case "row": {
      const lines = sheet.lines.map((line) =>
        line.id === edit.id ? { id: line.id, row: edit.row } : line,
      );
      return done(sheet, lines, edit.what);
    }
    case "undo":
      return turned(sheet, "past", "future");
    case "redo":
      return turned(sheet, "future", "past");
  }
}

/** Takes the last step of one pile and lays what is there now on the other. */
function turned(sheet: Sheet, from: "past" | "future", onto: "past" | "future"): Sheet {
  const step = sheet[from].at(-1);
  if (step === undefined) {
    return sheet;
  }
  const laid = [...sheet[onto], { lines: sheet.lines, what: step.what }];
  return { ...sheet, lines: step.lines, [from]: sheet[from].slice(0, -1), [onto]: laid };
}
