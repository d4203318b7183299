import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HEIGHT_MAX_PX, ROW_PX, scrollTo, viewOf } from "./rows";

const WINDOW = 560;

describe("the rows that are seen", () => {
  test("of a short list are all", () => {
    expect(viewOf(3, 0, WINDOW)).toEqual({ heightPx: 84, first: 0, end: 3, topPx: 0 });
  });

  test("at the end of a million are the last", () => {
    const view = viewOf(1_000_000, 28_000_000 - WINDOW, WINDOW);
    expect(view.end).toBe(1_000_000);
    expect(view.heightPx).toBe(28_000_000);
  });

  test("at the end of ten million are the last, though the way is shorter", () => {
    const view = viewOf(10_000_000, HEIGHT_MAX_PX - WINDOW, WINDOW);
    expect(view.heightPx).toBe(HEIGHT_MAX_PX);
    expect(view.end).toBe(10_000_000);
    expect(view.topPx + (view.end - view.first) * ROW_PX).toBeCloseTo(HEIGHT_MAX_PX, 0);
  });

  test("fill the window, whatever its place", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (count, share) => {
          const height = Math.min(count * ROW_PX, HEIGHT_MAX_PX);
          const scroll = share * Math.max(0, height - WINDOW);
          const view = viewOf(count, scroll, WINDOW);
          const bottom = view.topPx + (view.end - view.first) * ROW_PX;
          expect(view.topPx).toBeLessThanOrEqual(scroll + 0.5);
          expect(bottom).toBeGreaterThanOrEqual(Math.min(scroll + WINDOW, height) - 0.5);
          expect(view.end - view.first).toBeLessThan(60);
        },
      ),
    );
  });

  test("a row that is gone to is seen whole", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 50_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (count, share) => {
          const row = Math.min(count - 1, Math.floor(share * count));
          const view = viewOf(count, scrollTo(row, count, 0, WINDOW), WINDOW);
          expect(row).toBeGreaterThanOrEqual(view.first);
          expect(row).toBeLessThan(view.end);
        },
      ),
    );
  });
});
