/** Finding and filtering: `claude` anywhere, `model ~ claude` in a column, `region = eu` exactly. */
import type { SheetRow } from "../../../host";
import { type Column, cellOf } from "./columns";

export interface Wanted {
  /** Matches a row. */
  readonly row: (row: SheetRow) => boolean;
  /** Why the text cannot be used; it then matches every row. */
  readonly problem: string | null;
}

const CONDITION = /^(.+?)\s*(!=|=|~|>|<)\s*(.*)$/;

function plain(text: string): string {
  return text.trim().toLowerCase();
}

/** Reads a filter; conditions are separated by commas and must all hold. */
export function wantedOf(text: string, columns: readonly Column[]): Wanted {
  const conditions = text
    .split(",")
    .map(plain)
    .filter((part) => part !== "");
  const tests: ((row: SheetRow) => boolean)[] = [];
  for (const condition of conditions) {
    const [, name = "", operator = "", value = ""] = CONDITION.exec(condition) ?? [];
    if (operator === "" || operator === ">" || operator === "<") {
      tests.push((row) => columns.some(({ key }) => plain(cellOf(row, key)).includes(condition)));
      continue;
    }
    const column = columns.find((one) => plain(one.name) === name || plain(one.key) === name);
    if (column === undefined) {
      return { row: () => true, problem: `there is no column “${name}”` };
    }
    tests.push((row) => holds(plain(cellOf(row, column.key)), operator, value));
  }
  return { row: (row) => tests.every((test) => test(row)), problem: null };
}

function holds(cell: string, operator: string, value: string): boolean {
  if (operator === "~") {
    return cell.includes(value);
  }
  // What is absent matches any value, and looks like it.
  const same = cell === value || (value === "*" && cell === "");
  return operator === "=" ? same : !same;
}

/** Whether a cell has what is looked for. */
export function hasText(text: string, wanted: string): boolean {
  return wanted !== "" && plain(text).includes(plain(wanted));
}
