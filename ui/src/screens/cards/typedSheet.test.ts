/** What crosses to the host is what is on the screen, and no more rows than were typed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyRow } from "./model/columns";
import { runsOf } from "./typedSheet";

const opened = ["a", "b", "c", "d"].map((code) => ({ ...emptyRow("llm"), code }));

describe("a typed sheet", () => {
  it("is read as the rows that are shown", () => {
    const line = fc.oneof(
      fc.integer({ min: 0, max: 3 }).map((id) => ({ id, row: opened[id] ?? emptyRow("llm") })),
      fc.integer({ min: 0, max: 9 }).map((id) => ({ id, row: emptyRow("llm") })),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 9 }), (lines) => {
        const runs = runsOf(opened, lines);
        const rows = runs.flatMap(({ from, count, typed }) => [
          ...opened.slice(from, from + count),
          ...typed,
        ]);
        expect(rows).toEqual(lines.map(({ row }) => row));
        const typed = runs.flatMap((run) => run.typed);
        expect(typed.some((row) => opened.includes(row))).toBe(false);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("is one run when nothing was typed", () => {
    const lines = opened.map((row, id) => ({ id, row }));
    expect(runsOf(opened, lines)).toEqual([{ from: 0, count: 4, typed: [] }]);
  });
});
