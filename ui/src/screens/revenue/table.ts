/** How wide the columns of a report are, and where the arrow keys go in it. */
import type { ReportColumn, ReportTable } from "../../host";

/** Widest column of words; longer ones are cut off and shown whole under the pointer. */
const WORDS_MAX_CH = 36;

/** Sign or brackets, and the space around a figure. */
const AROUND_CH = 3;

/** Widths in digits: as wide as the widest cell, so that nothing moves while a long table scrolls. */
export function widthsOf({ columns, rows }: ReportTable): number[] {
  return columns.map(({ heading, is_number }, n) => {
    let widest = 0;
    for (const { cells } of rows) {
      widest = Math.max(widest, cells[n]?.length ?? 0);
    }
    if (is_number) {
      // A heading may take two lines.
      const word = Math.max(...heading.split(" ").map(({ length }) => length));
      return Math.max(widest + Math.floor(widest / 4), word) + AROUND_CH;
    }
    return Math.min(WORDS_MAX_CH, Math.max(widest, heading.length) + 1);
  });
}

/** Whether the figures of a column can be taken apart. */
export function isPlace({ is_amount }: ReportColumn): boolean {
  return is_amount;
}

interface Place {
  readonly row: number;
  readonly column: number;
}

/** Where a key leads from a figure; null for a key that leads nowhere. */
export function movedTo({ columns, rows }: ReportTable, at: Place, key: string): Place | null {
  const isFigure = (row: number, column: number) =>
    columns[column]?.is_amount === true && (rows[row]?.cells[column] ?? "") !== "";
  const [first, last] = [
    columns.findIndex(isPlace),
    columns.length - 1 - [...columns].reverse().findIndex(isPlace),
  ];
  const walk = (rowStep: number, columnStep: number): Place => {
    let { row, column } = at;
    for (;;) {
      row += rowStep;
      column += columnStep;
      if (row < 0 || row >= rows.length || column < first || column > last) {
        return at;
      }
      if (isFigure(row, column)) {
        return { row, column };
      }
    }
  };
  switch (key) {
    case "ArrowUp":
      return walk(-1, 0);
    case "ArrowDown":
      return walk(1, 0);
    case "ArrowLeft":
      return walk(0, -1);
    case "ArrowRight":
      return walk(0, 1);
    case "Home":
      return { row: 0, column: at.column };
    case "End":
      return { row: rows.length - 1, column: at.column };
    default:
      return null;
  }
}
