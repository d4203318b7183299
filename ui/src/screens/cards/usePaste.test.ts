/** Where a block from a spreadsheet goes, and what is said of the cells that do not go there. */
import { describe, expect, it } from "vitest";
import { columnsOf, emptyRow } from "./model/columns";
import { laidOut } from "./usePaste";

const columns = columnsOf({
  costs: null,
  unit: "credits",
  dimensions: [{ name: "model", values: [] }],
  meters: ["llm"],
  walletTypes: [],
  base: 1,
  rows: [],
});
const lines = ["a", "b"].map((code, id) => ({ id, row: { ...emptyRow("llm"), code, price: "1" } }));
const shown = lines.map((line) => ({ kind: "row" as const, line }));
const at = { line: 1, column: 0 };
const cell = (column: string | null, value: string, problem: string | null = null) => ({
  column,
  text: value,
  value,
  problem,
});

describe("a pasted block", () => {
  it("goes to the lines from the selected one on, and makes rates of what is left", () => {
    const block = {
      has_header: false,
      rows: [
        [cell("price", "2")],
        [cell("match.model", "opus"), cell("price", "3")],
        [cell("price", "")],
      ],
    };
    const laid = laidOut(block, { columns, shown, lines, at });
    expect(laid.cells).toEqual([{ id: 1, column: "price", text: "2" }]);
    expect(laid.rows.map(({ code, meter, price }) => [code, meter, price])).toEqual([
      ["opus", "llm", "3"],
    ]);
    expect(laid.report).toMatchObject({ changed: 1, added: 1, notes: [] });
  });

  it("goes to the rates that it names when its first row named the columns", () => {
    const block = {
      has_header: true,
      rows: [
        [cell("code", "a"), cell("price", "1")],
        [cell("code", "new"), cell("price", "7")],
      ],
    };
    const laid = laidOut(block, { columns, shown, lines, at });
    expect(laid.cells).toEqual([]);
    expect(laid.report).toMatchObject({ changed: 0, same: 1, added: 1 });
    expect(laid.rows[0]?.code).toBe("new");
  });

  it("says of each cell that is not what it was meant to be why", () => {
    const block = {
      has_header: false,
      rows: [
        [
          cell("price", "dear", "no number"),
          cell("tiers", "cheap"),
          cell("change", "+1"),
          cell(null, "x", "no column"),
        ],
      ],
    };
    const laid = laidOut(block, { columns, shown, lines, at });
    expect(laid.report.notes).toEqual([
      { where: "b, Price, credits", text: "dear", why: "no number" },
      { where: "b, Tiers", text: "cheap", why: "these are no tiers" },
      { where: "b", text: "+1", why: "this column is not typed into" },
      { where: "b", text: "x", why: "no column" },
    ]);
    expect(laid.cells).toEqual([{ id: 1, column: "price", text: "dear" }]);
  });
});
