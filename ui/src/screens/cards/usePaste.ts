/** Pasting: what a block from a spreadsheet is read as, where it goes, and what became of each cell. */
import {
  asFailure,
  commands,
  type Failure,
  type PastedBlock,
  type PastedCell,
  type SheetRow,
} from "../../host";
import { type Column, cellOf, codeFor, emptyRow, type Line, withCell } from "./model/columns";
import type { CellEdit } from "./model/edits";
import type { Spot } from "./model/range";
import type { ShownLine } from "./model/view";

/** What became of a cell that did not go where it was meant to. */
export interface PasteNote {
  /** Where, in words. */
  readonly where: string;
  /** As it was on the clipboard. */
  readonly text: string;
  readonly why: string;
}

export interface PasteReport {
  readonly text: string;
  readonly comma: boolean;
  readonly at: Spot;
  readonly changed: number;
  readonly same: number;
  readonly added: number;
  readonly hasHeader: boolean;
  readonly notes: readonly PasteNote[];
}

export interface LaidOut {
  readonly cells: readonly CellEdit[];
  readonly rows: readonly SheetRow[];
  readonly report: Omit<PasteReport, "text" | "comma" | "at">;
}

interface Where {
  readonly columns: readonly Column[];
  readonly shown: readonly ShownLine[];
  readonly lines: readonly Line[];
  readonly at: Spot;
}

/** One row of a block, laid onto the row that it goes to. */
interface LaidRow {
  readonly row: SheetRow;
  readonly changed: readonly { readonly column: string; readonly text: string }[];
  readonly same: number;
  readonly notes: readonly PasteNote[];
}

function laidRow(
  pasted: readonly PastedCell[],
  onto: SheetRow,
  { open, where }: { readonly open: ReadonlyMap<string, Column>; readonly where: string },
): LaidRow {
  const changed: { column: string; text: string }[] = [];
  const notes: PasteNote[] = [];
  let row = onto;
  let same = 0;
  for (const cell of pasted) {
    const known = open.get(cell.column ?? "");
    const after = known === undefined ? row : withCell(row, known.key, cell.value);
    const why = matter(cell, known, after);
    notes.push(...noted(why, { where, text: cell.text, column: known }));
    if (after === row) {
      // The code of a rate that was found by it is no cell that was to change.
      same += why === null && cell.column !== "code" ? 1 : 0;
    } else if (cell.column !== null) {
      changed.push({ column: cell.column, text: cell.value });
    }
    row = after;
  }
  return { row, changed, same, notes };
}

interface Noted {
  readonly where: string;
  readonly text: string;
  readonly column: Column | undefined;
}

function noted(why: string | null, { where, text, column }: Noted): readonly PasteNote[] {
  const place = column === undefined ? where : `${where}, ${column.name}`;
  return why === null ? [] : [{ where: place, text, why }];
}

/** What is the matter with a pasted cell; null when it is what it was meant to be. */
function matter(cell: PastedCell, column: Column | undefined, after: SheetRow): string | null {
  if (column === undefined) {
    return cell.text.trim() === "" ? null : (cell.problem ?? "this column is not typed into");
  }
  const isTaken = cellOf(after, column.key) === cell.value;
  return cell.problem ?? (isTaken ? null : "these are no tiers");
}

/**
 * Where each cell of a block goes. Rows that name a rate by its code go to that rate; the others go to
 * the lines from the selected one on, and become new rates where there are no more lines.
 */
export function laidOut(block: PastedBlock, { columns, shown, lines, at }: Where): LaidOut {
  const open = new Map(columns.filter(({ isOpen }) => isOpen).map((one) => [one.key, one]));
  const below = shown.slice(at.line).flatMap((one) => (one.kind === "row" ? [one.line] : []));
  const byCode = new Map(lines.map((line) => [line.row.code.trim(), line]));
  const taken = new Set(byCode.keys());
  const meter = lines[0]?.row.meter ?? columns.find(({ key }) => key === "meter")?.options[0] ?? "";
  const cells: CellEdit[] = [];
  const rows: SheetRow[] = [];
  const notes: PasteNote[] = [];
  let same = 0;
  const add = (row: SheetRow) => {
    const named = row.code === "" ? { ...row, code: codeFor(row, taken) } : row;
    taken.add(named.code);
    rows.push(named);
  };
  block.rows.forEach((pasted, n) => {
    const code = pasted.find(({ column }) => column === "code")?.value ?? "";
    const target = block.has_header && code !== "" ? byCode.get(code) : below[n];
    const newName = code === "" ? `new rate ${rows.length + 1}` : code;
    const where = target?.row.code ?? newName;
    const laid = laidRow(pasted, target?.row ?? emptyRow(meter), { open, where });
    notes.push(...laid.notes);
    same += laid.same;
    if (target !== undefined) {
      cells.push(...laid.changed.map((cell) => ({ id: target.id, ...cell })));
    } else if (laid.changed.length > 0) {
      add(laid.row);
    }
  });
  const report = {
    changed: cells.length,
    same,
    added: rows.length,
    hasHeader: block.has_header,
    notes,
  };
  return { cells, rows, report };
}

/** Reads a block for the columns of a sheet. */
export async function readBlock(
  text: string,
  comma: boolean,
  columns: readonly Column[],
  at: number,
): Promise<PastedBlock | Failure> {
  const targets = columns.map(({ key, name, isNumber }) => ({
    key: key.startsWith("match.") ? key.slice("match.".length) : key,
    name,
    is_number: isNumber,
  }));
  try {
    const block = await commands.readPasted(text, comma ? "comma" : "point", targets, at);
    // A dimension is called by its own name in a spreadsheet.
    const keys = new Map(targets.map(({ key }, n) => [key, columns[n]?.key ?? key]));
    const rows = block.rows.map((row) =>
      row.map((cell) => ({
        ...cell,
        column: cell.column === null ? null : (keys.get(cell.column) ?? cell.column),
      })),
    );
    return { ...block, rows };
  } catch (thrown) {
    return asFailure(thrown);
  }
}
