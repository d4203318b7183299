/** Edits of a sheet: what is done can be undone, to the very rows that were there. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellOf, codeFor, emptyRow, withCell } from "./columns";
import { type Edit, edited, rowsOf, sheetOf } from "./edits";

const rows = ["a", "b", "c"].map((code) => ({ ...emptyRow("llm"), code, price: "1" }));

const cells = fc.record({
  type: fc.constant("cells" as const),
  what: fc.constant("type"),
  cells: fc.array(
    fc.record({
      id: fc.integer({ min: 0, max: 4 }),
      column: fc.constantFrom("price", "code", "match.model", "tiers"),
      text: fc.constantFrom("", "2", "3.50", "to 10: 1; above: 2", "x"),
    }),
    { maxLength: 4 },
  ),
});
const insert = fc.record({
  type: fc.constant("insert" as const),
  what: fc.constant("add"),
  after: fc.constantFrom(null, 0, 2, 9),
  rows: fc.constant([emptyRow("llm")]),
});
const remove = fc.record({
  type: fc.constant("remove" as const),
  what: fc.constant("remove"),
  ids: fc.uniqueArray(fc.integer({ min: 0, max: 5 })).map((ids) => new Set(ids)),
});
const edits = fc.array(fc.oneof(cells, insert, remove) as fc.Arbitrary<Edit>, { maxLength: 12 });

describe("a sheet", () => {
  it("is as it was when everything is undone, and as it became when all is redone", () => {
    fc.assert(
      fc.property(edits, (all) => {
        const begin = sheetOf(rows);
        const end = all.reduce(edited, begin);
        let undone = end;
        for (const _ of end.past) {
          undone = edited(undone, { type: "undo" });
        }
        expect(rowsOf(undone)).toEqual(rows);
        let redone = undone;
        for (const _ of end.past) {
          redone = edited(redone, { type: "redo" });
        }
        expect(redone.lines).toEqual(end.lines);
        expect(edited(redone, { type: "redo" })).toBe(redone);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("counts no edit that changes nothing", () => {
    const sheet = sheetOf(rows);
    const same = { type: "cells", what: "type", cells: [{ id: 0, column: "price", text: "1" }] };
    expect(edited(sheet, same as Edit)).toBe(sheet);
    expect(edited(sheet, { type: "undo" })).toBe(sheet);
  });

  it("gives new rates ids that no rate had", () => {
    const added = edited(sheetOf(rows), {
      type: "insert",
      after: 0,
      rows: [emptyRow("llm")],
      what: "add",
    });
    expect(added.lines.map(({ id }) => id)).toEqual([0, 3, 1, 2]);
  });
});

describe("a cell", () => {
  it("holds what is typed, by its column", () => {
    const row = withCell(emptyRow("llm"), "match.region", "eu");
    expect(cellOf(row, "match.region")).toBe("eu");
    expect(withCell(row, "match.region", "eu")).toBe(row);
    expect(withCell(row, "tiers", "no tiers")).toBe(row);
  });

  it("suggests a code from what it matches", () => {
    const row = { ...emptyRow("llm"), cells: { model: "Opus 4", region: "*", type: "input" } };
    expect(codeFor(row, new Set())).toBe("opus-4-input");
    expect(codeFor(row, new Set(["opus-4-input", "opus-4-input-2"]))).toBe("opus-4-input-3");
    expect(codeFor(emptyRow("llm"), new Set())).toBe("llm");
  });
});
