/** The lines of a grid in the order in which they are shown: filtered, and in groups. */
import type { SheetRow } from "../../../host";
import { cellOf, type Line } from "./columns";
import { groupedBy } from "./groups";

export type ShownLine =
  | { readonly kind: "row"; readonly line: Line }
  | {
      readonly kind: "group";
      readonly key: string;
      readonly name: string;
      readonly count: number;
      readonly isOpen: boolean;
    };

interface Shown {
  readonly wanted: (row: SheetRow) => boolean;
  /** The column by which lines stand together; null for the order of the sheet. */
  readonly group: string | null;
  /** Groups whose lines are put away. */
  readonly closed: ReadonlySet<string>;
}

export function shownLines(lines: readonly Line[], how: Shown): readonly ShownLine[] {
  const found = lines.filter(({ row }) => how.wanted(row));
  const { group } = how;
  if (group === null) {
    return found.map((line) => ({ kind: "row", line }));
  }
  const groups = groupedBy(found, ({ row }) => cellOf(row, group).trim() || "*");
  const names = [...groups.keys()].sort((a, b) => a.localeCompare(b));
  return names.flatMap((name): ShownLine[] => {
    const members = groups.get(name) ?? [];
    const rows = how.closed.has(name)
      ? []
      : members.map((line): ShownLine => ({ kind: "row", line }));
    const isOpen = !how.closed.has(name);
    return [{ kind: "group", key: name, name, count: members.length, isOpen }, ...rows];
  });
}
