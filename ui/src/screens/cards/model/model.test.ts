/** Ranges, filling, typing, finding and tiers: what a spreadsheet's user expects of each. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockText } from "./clipboard";
import { columnsOf, emptyRow } from "./columns";
import { downSource, dragged, filled, rightSource } from "./fill";
import { hasText, wantedOf } from "./find";
import { clamp, goTo, rangeOf, START, sizeOf, stepFrom } from "./range";
import { readTiers, tiersText } from "./tiers";
import { kept, rangeEditOf } from "./typing";
import { shownLines } from "./view";

const range = (top: number, left: number, bottom: number, right: number) => ({
  top,
  left,
  bottom,
  right,
});
const extent = { lines: 10, columns: 4 };

describe("a selection", () => {
  it("goes where the key says and no further than the grid", () => {
    const from = { line: 9, column: 0 };
    const down = stepFrom(from, { key: "ArrowDown", ctrl: false, page: 5 }, extent);
    expect(goTo(START, down ?? from, { extent, extends: false }).to).toEqual(from);
    const end = stepFrom(from, { key: "End", ctrl: true, page: 5 }, extent);
    expect(end).toEqual({ line: 9, column: 3 });
    expect(stepFrom(from, { key: "a", ctrl: false, page: 5 }, extent)).toBeNull();
  });

  it("is extended from where it was begun", () => {
    const at = goTo(START, { line: 3, column: 2 }, { extent, extends: false });
    const up = goTo(at, { line: 1, column: 3 }, { extent, extends: true });
    expect(rangeOf(up)).toEqual(range(1, 2, 3, 3));
    expect(sizeOf(rangeOf(up))).toBe(6);
    expect(up.at).toEqual({ line: 3, column: 2 });
  });

  it("stays inside a grid that became smaller", () => {
    const far = { at: { line: 9, column: 3 }, to: { line: 9, column: 3 } };
    expect(clamp(far, { lines: 2, columns: 4 }).at).toEqual({ line: 1, column: 3 });
  });
});

describe("filling", () => {
  it("repeats the source into every other cell of the target", () => {
    expect(filled(range(0, 0, 1, 0), range(0, 0, 4, 0)).map((f) => f.from.line)).toEqual([0, 1, 0]);
    expect(filled(range(2, 1, 2, 1), range(2, 1, 2, 1))).toEqual([]);
  });

  it("takes the row above, or the column at the left, for a single cell", () => {
    expect(downSource(range(3, 1, 3, 2))).toEqual(range(2, 1, 2, 2));
    expect(downSource(range(3, 1, 5, 2))).toEqual(range(3, 1, 3, 2));
    expect(rightSource(range(3, 2, 3, 2))).toEqual(range(3, 1, 3, 1));
  });

  it("is dragged down or right, whichever goes further", () => {
    expect(dragged(range(1, 1, 1, 1), { line: 4, column: 2 })).toEqual(range(1, 1, 4, 1));
    expect(dragged(range(1, 1, 1, 1), { line: 2, column: 3 })).toEqual(range(1, 1, 1, 3));
    expect(dragged(range(1, 1, 1, 1), { line: 0, column: 0 })).toEqual(range(1, 1, 1, 1));
  });
});

describe("typing", () => {
  it("keeps numbers as decimals and what is no number as it was typed", () => {
    expect(kept("1,234.50", true, "en")).toBe("1234.50");
    expect(kept("1.234,50", true, "de")).toBe("1234.50");
    expect(kept("dear", true, "en")).toBe("dear");
    expect(kept(" opus-4 ", false, "en")).toBe("opus-4");
  });

  it("reads what is to be done to a range", () => {
    for (const [text, edit] of [
      ["= x 1.05", { edit: "times", factor: "1.05" }],
      ["=*2", { edit: "times", factor: "2" }],
      ["= +5 %", { edit: "percent", percent: "5" }],
      ["=-10%", { edit: "percent", percent: "-10" }],
      ["= -0.10", { edit: "plus", amount: "-0.10" }],
      ["= round 0.05", { edit: "round_to", step: "0.05" }],
      ["= 2.50", { edit: "set", value: "2.50" }],
    ] as const) {
      expect(rangeEditOf(text, "en")).toEqual(edit);
    }
    expect(rangeEditOf("1.05", "en")).toBeNull();
    expect(rangeEditOf("= x dear", "en")).toContain("number");
    expect(rangeEditOf("=", "en")).toContain("After =");
  });
});

describe("tiers", () => {
  it("are one text and come back from it", () => {
    const part = fc.constantFrom("1", "2.50", "1000", "0.001");
    const tier = fc.record({
      up_to: fc.option(part, { nil: "" }),
      price: part,
      per: fc.constantFrom("", "10"),
      flat: fc.constantFrom("", "5"),
    });
    fc.assert(
      fc.property(fc.array(tier, { maxLength: 4 }), (tiers) => {
        expect(readTiers(tiersText(tiers))).toEqual(tiers);
      }),
      { seed: 3 },
    );
    expect(readTiers("2 each")).toBeNull();
  });
});

describe("finding", () => {
  const columns = columnsOf({
    costs: null,
    unit: "credits",
    dimensions: [{ name: "model", values: [] }],
    meters: ["llm"],
    walletTypes: [],
    base: null,
    rows: [],
  });
  const row = { ...emptyRow("llm"), code: "opus-in", cells: { model: "Opus-4" } };

  it("filters by a text anywhere or by a column", () => {
    for (const [filter, is] of [
      ["", true],
      ["opus", true],
      ["model ~ op", true],
      ["model = opus-4", true],
      ["model != opus-4", false],
      ["model = haiku", false],
      ["opus, meter = llm", true],
      ["opus, meter = gpu", false],
    ] as const) {
      expect(wantedOf(filter, columns).row(row), filter).toBe(is);
    }
    expect(wantedOf("colour = red", columns).problem).toContain("colour");
    expect(hasText("Opus-4", "opus")).toBe(true);
    expect(hasText("Opus-4", "")).toBe(false);
  });

  it("puts lines of a group together, and away when the group is closed", () => {
    const lines = ["b", "a", "b"].map((model, id) => ({ id, row: { ...row, cells: { model } } }));
    const wanted = () => true;
    const names = (closed: readonly string[]) =>
      shownLines(lines, { wanted, group: "match.model", closed: new Set(closed) }).map((at) =>
        at.kind === "row" ? at.line.id : `${at.name} ${at.count}`,
      );
    expect(names([])).toEqual(["a 1", 1, "b 2", 0, 2]);
    expect(names(["b"])).toEqual(["a 1", 1, "b 2"]);
  });
});

describe("the clipboard", () => {
  it("quotes what would break a row", () => {
    expect(
      blockText([
        ["a", 'say "hi"'],
        ["1\t2", ""],
      ]),
    ).toBe('a\t"say ""hi"""\r\n"1\t2"\t');
  });
});
