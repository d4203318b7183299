import { expect, test } from "vitest";
import type { ReportTable } from "../../host";
import { movedTo, widthsOf } from "./table";

const column = (key: string, is_amount: boolean) => ({
  key,
  heading: key,
  is_number: is_amount,
  is_amount,
  unit: null,
});
const table: ReportTable = {
  title: "Contract liabilities, EUR",
  notes: [],
  columns: [column("who", false), column("opening", true), column("closing", true)],
  rows: [
    { is_sum: false, cells: ["acme", "1.00", "2.00"] },
    { is_sum: false, cells: ["globex", "", "1234567.00"] },
    { is_sum: true, cells: ["Total", "1.00", "1234569.00"] },
  ],
};

test("arrow keys go from figure to figure and pass over what is none", () => {
  expect(movedTo(table, { row: 0, column: 1 }, "ArrowRight")).toEqual({ row: 0, column: 2 });
  expect(movedTo(table, { row: 0, column: 1 }, "ArrowDown")).toEqual({ row: 2, column: 1 });
  expect(movedTo(table, { row: 0, column: 1 }, "ArrowLeft")).toEqual({ row: 0, column: 1 });
  expect(movedTo(table, { row: 0, column: 2 }, "End")).toEqual({ row: 2, column: 2 });
  expect(movedTo(table, { row: 0, column: 2 }, "x")).toBeNull();
});

test("a column is as wide as its widest figure with separators and brackets", () => {
  const [, , closing = 0] = widthsOf(table);
  expect(closing).toBeGreaterThanOrEqual("(1,234,569.00)".length);
});
