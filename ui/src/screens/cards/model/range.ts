/** What is selected in a grid: a cell that is worked on, and the rectangle from where it was begun. */

export interface Spot {
  readonly line: number;
  readonly column: number;
}

export interface Selection {
  /** Where the rectangle was begun: the cell that is typed into. */
  readonly at: Spot;
  /** The opposite corner, which Shift moves. */
  readonly to: Spot;
}

export interface Range {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface Extent {
  readonly lines: number;
  readonly columns: number;
}

export const START: Selection = { at: { line: 0, column: 0 }, to: { line: 0, column: 0 } };

export function rangeOf({ at, to }: Selection): Range {
  return {
    top: Math.min(at.line, to.line),
    bottom: Math.max(at.line, to.line),
    left: Math.min(at.column, to.column),
    right: Math.max(at.column, to.column),
  };
}

export function selectionOf(range: Range): Selection {
  return {
    at: { line: range.top, column: range.left },
    to: { line: range.bottom, column: range.right },
  };
}

export function isWithin(range: Range, { line, column }: Spot): boolean {
  return line >= range.top && line <= range.bottom && column >= range.left && column <= range.right;
}

export function sizeOf(range: Range): number {
  return (range.bottom - range.top + 1) * (range.right - range.left + 1);
}

/** The cells of a range, row by row. */
export function spotsOf(range: Range): readonly Spot[] {
  const spots: Spot[] = [];
  for (let line = range.top; line <= range.bottom; line += 1) {
    for (let column = range.left; column <= range.right; column += 1) {
      spots.push({ line, column });
    }
  }
  return spots;
}

export function clampSpot(spot: Spot, extent: Extent): Spot {
  const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return { line: within(spot.line, extent.lines), column: within(spot.column, extent.columns) };
}

/** The selection inside a grid that became smaller. */
export function clamp({ at, to }: Selection, extent: Extent): Selection {
  return { at: clampSpot(at, extent), to: clampSpot(to, extent) };
}

/** Goes to a cell, or extends what is selected to it. */
export function goTo(
  selection: Selection,
  spot: Spot,
  { extent, extends: extended }: { readonly extent: Extent; readonly extends: boolean },
): Selection {
  const to = clampSpot(spot, extent);
  return { at: extended ? selection.at : to, to };
}

interface Step {
  readonly key: string;
  readonly ctrl: boolean;
  /** Lines that a page has. */
  readonly page: number;
}

/** Where a key goes from a cell; null for a key that goes nowhere. */
export function stepFrom(from: Spot, { key, ctrl, page }: Step, extent: Extent): Spot | null {
  const last = { line: extent.lines - 1, column: extent.columns - 1 };
  switch (key) {
    case "ArrowDown":
      return { ...from, line: ctrl ? last.line : from.line + 1 };
    case "ArrowUp":
      return { ...from, line: ctrl ? 0 : from.line - 1 };
    case "ArrowRight":
      return { ...from, column: ctrl ? last.column : from.column + 1 };
    case "ArrowLeft":
      return { ...from, column: ctrl ? 0 : from.column - 1 };
    case "PageDown":
      return { ...from, line: from.line + page };
    case "PageUp":
      return { ...from, line: from.line - page };
    case "Home":
      return { line: ctrl ? 0 : from.line, column: 0 };
    case "End":
      return { line: ctrl ? last.line : from.line, column: last.column };
    default:
      return null;
  }
}
