/**
 * Which rows of a very long list are seen.
 *
 * WebKitGTK cuts off elements higher than 33,554,426 px, about 1.2 million rows. A longer list scrolls
 * over a shorter way, and the rows are put where the eye expects them.
 */

/** Height of a row, as in tokens.css. */
export const ROW_PX = 28;

/** The highest element that is made. */
export const HEIGHT_MAX_PX = 30_000_000;

/** Rows beyond the edges, so that a quick turn of the wheel meets no blanks. */
const BEYOND = 8;

export interface View {
  /** Height of the element that scrolls. */
  readonly heightPx: number;
  /** The first row that is drawn, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Where the first row stands, from the top of the element. */
  readonly topPx: number;
}

/** What is seen of so many rows, at a place of the scroll bar, in a window of a height. */
export function viewOf(count: number, scrollPx: number, windowPx: number): View {
  const wholePx = count * ROW_PX;
  const heightPx = Math.min(wholePx, HEIGHT_MAX_PX);
  const offsetPx = scrollPx * ratio(wholePx, heightPx, windowPx);
  const first = Math.max(0, Math.min(count, Math.floor(offsetPx / ROW_PX)) - BEYOND);
  const end = Math.min(count, Math.ceil((offsetPx + windowPx) / ROW_PX) + BEYOND);
  return { heightPx, first, end, topPx: scrollPx + first * ROW_PX - offsetPx };
}

/** The place of the scroll bar at which a row is seen whole; the present one when it is. */
export function scrollTo(row: number, count: number, scrollPx: number, windowPx: number): number {
  const wholePx = count * ROW_PX;
  const heightPx = Math.min(wholePx, HEIGHT_MAX_PX);
  const factor = ratio(wholePx, heightPx, windowPx);
  const offsetPx = scrollPx * factor;
  if (row * ROW_PX < offsetPx) {
    return (row * ROW_PX) / factor;
  }
  const belowPx = (row + 1) * ROW_PX - windowPx;
  return belowPx > offsetPx ? belowPx / factor : scrollPx;
}

function ratio(wholePx: number, heightPx: number, windowPx: number): number {
  return heightPx > windowPx ? (wholePx - windowPx) / (heightPx - windowPx) : 1;
}
