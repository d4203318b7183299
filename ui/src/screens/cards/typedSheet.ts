/** What is typed, as it crosses to the host: where rows are as they were opened, and those that are not. */
import type { Sheet, SheetPlace, SheetRun, TypedSheet } from "../../host";
import type { Line } from "./model/columns";

/** A line that is as it was opened has the id of its place then, and the very row. */
export function runsOf(opened: Sheet["rows"], lines: readonly Line[]): SheetRun[] {
  const runs: SheetRun[] = [];
  for (const { id, row } of lines) {
    const last = runs.at(-1);
    if (opened[id] === row) {
      if (last !== undefined && last.typed.length === 0 && last.from + last.count === id) {
        last.count += 1;
      } else {
        runs.push({ from: id, count: 1, typed: [] });
      }
    } else if (last === undefined) {
      runs.push({ from: 0, count: 0, typed: [row] });
    } else {
      last.typed.push(row);
    }
  }
  return runs;
}

interface Typed {
  readonly sheet: Sheet;
  readonly place: SheetPlace;
  readonly effectiveAt: string;
  readonly lines: readonly Line[];
}

export function typedSheet({ sheet, place, effectiveAt, lines }: Typed): TypedSheet {
  return {
    place,
    effective_at: effectiveAt,
    opened: sheet.opened,
    runs: runsOf(sheet.rows, lines),
  };
}
