/** Filling: what stands in a range, again and again into the cells beside it. */
import type { Range, Spot } from "./range";

export interface Filled {
  readonly from: Spot;
  readonly to: Spot;
}

/** Where each cell of `target` that is not in `source` takes its text from: the source, repeated. */
export function filled(source: Range, target: Range): readonly Filled[] {
  const height = source.bottom - source.top + 1;
  const width = source.right - source.left + 1;
  const around = (value: number, start: number, size: number) =>
    start + ((((value - start) % size) + size) % size);
  const cells: Filled[] = [];
  for (let line = target.top; line <= target.bottom; line += 1) {
    for (let column = target.left; column <= target.right; column += 1) {
      const from = {
        line: around(line, source.top, height),
        column: around(column, source.left, width),
      };
      if (from.line !== line || from.column !== column) {
        cells.push({ from, to: { line, column } });
      }
    }
  }
  return cells;
}

/** Ctrl D: the first row of a range into the others; the row above into a single row. */
export function downSource(range: Range): Range {
  const top = range.top === range.bottom ? Math.max(0, range.top - 1) : range.top;
  return { ...range, top, bottom: top };
}

/** Ctrl R: the first column of a range into the others; the column at the left into a single one. */
export function rightSource(range: Range): Range {
  const left = range.left === range.right ? Math.max(0, range.left - 1) : range.left;
  return { ...range, left, right: left };
}

/** The range that a fill handle was dragged to: down or right, whichever goes further. */
export function dragged(source: Range, to: Spot): Range {
  const down = to.line - source.bottom;
  const right = to.column - source.right;
  if (down <= 0 && right <= 0) {
    return source;
  }
  return down >= right ? { ...source, bottom: to.line } : { ...source, right: to.column };
}
