/** A sheet that is worked on: its lines, what is selected, what is shown, and everything that is done. */
import { useCallback, useMemo, useReducer, useRef, useState } from "react";
import { separatorsOf } from "../../format/separators";
import {
  asFailure,
  commands,
  type Failure,
  isFailure,
  type CellEdit as RangeEdit,
  type Sheet,
  type SheetPlace,
  type SheetRow,
} from "../../host";
import { useLocale } from "../../settings";
import { blockText } from "./model/clipboard";
import { type Column, cellOf, codeFor, columnsOf, emptyRow } from "./model/columns";
import { type CellEdit, edited, sheetOf } from "./model/edits";
import { filled } from "./model/fill";
import { hasText, wantedOf } from "./model/find";
import {
  clamp,
  type Range,
  rangeOf,
  type Selection,
  type Spot,
  START,
  selectionOf,
  spotsOf,
} from "./model/range";
import { inWords, kept, rangeEditOf } from "./model/typing";
import { type ShownLine, shownLines } from "./model/view";
import { type Checked, useChecked } from "./useChecked";
import { laidOut, type PasteReport, readBlock } from "./usePaste";

export interface SheetView {
  readonly filter: string;
  readonly find: string;
  readonly group: string | null;
  /** Whether cost and margin have columns. */
  readonly hasCosts: boolean;
}

export type OpenSheet = ReturnType<typeof useSheet>;

const COUNTED = new Intl.PluralRules("en");

function counted(count: number, what: string): string {
  return `${count} ${what}${COUNTED.select(count) === "one" ? "" : "s"}`;
}

export function useSheet(sheet: Sheet, place: SheetPlace, view: SheetView) {
  const locale = useLocale();
  const [model, dispatch] = useReducer(edited, sheet.rows, sheetOf);
  const [effectiveAt, setEffectiveAt] = useState(sheet.effective_at);
  const [note, setNote] = useState(sheet.draft?.note ?? "");
  const [chosen, setSelection] = useState<Selection>(START);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [report, setReport] = useState<PasteReport | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const { lines } = model;
  const { checked, failure: checkFailure } = useChecked({
    sheet,
    place,
    effectiveAt,
    lines,
  });

  const columns = useColumns(sheet, {
    checked,
    rows: lines.map(({ row }) => row),
    costs: view.hasCosts ? sheet.cost_currency : null,
  });
  const wanted = useMemo(() => wantedOf(view.filter, columns), [view.filter, columns]);
  const shown = useMemo(
    () => shownLines(lines, { wanted: wanted.row, group: view.group, closed }),
    [lines, wanted, view.group, closed],
  );
  const extent = { lines: Math.max(1, shown.length), columns: columns.length };
  const selection = clamp(chosen, extent);

  /** The cells of a range that may be typed into. */
  const openCells = (range: Range) =>
    spotsOf(range).flatMap(({ line, column }) => {
      const at = shown[line];
      const one = columns[column];
      return at?.kind === "row" && one?.isOpen === true ? [{ line: at.line, column: one }] : [];
    });
  const changeRange = async (range: Range, edit: RangeEdit) => {
    const cells = openCells(range).filter(({ column }) => column.isNumber);
    const values = cells.map(({ line, column }) => cellOf(line.row, column.key));
    try {
      const results = await commands.editCells(values, edit);
      const edits = cells.flatMap(({ line, column }, n): CellEdit[] => {
        const result = results[n];
        return result === undefined || result.problem !== null
          ? []
          : [{ id: line.id, column: column.key, text: result.value }];
      });
      dispatch({
        type: "cells",
        what: `${inWords(edit)}, ${counted(edits.length, "cell")}`,
        cells: edits,
      });
      const left = results.filter(({ problem }) => problem !== null);
      setProblem(
        left[0]?.problem == null
          ? null
          : `${counted(left.length, "cell")} stayed as they were: ${left[0].problem}`,
      );
    } catch (thrown) {
      setFailure(asFailure(thrown));
    }
  };
  /** `= x 1.05` and the like, on a range; whether the text was one. */
  const command = (text: string, range: Range): boolean => {
    const edit = rangeEditOf(text, locale);
    if (edit === null) {
      return false;
    }
    if (typeof edit === "string") {
      setProblem(edit);
    } else {
      void changeRange(range, edit);
    }
    return true;
  };
  const type = (spot: Spot, text: string, range: Range) => {
    const at = shown[spot.line];
    const column = columns[spot.column];
    if (at?.kind !== "row" || column === undefined || command(text, range)) {
      return;
    }
    setProblem(null);
    const cell = { id: at.line.id, column: column.key, text: kept(text, column.isNumber, locale) };
    dispatch({ type: "cells", what: `type ${column.name}`, cells: [cell] });
  };
  const clear = (range: Range) => {
    const cells = openCells(range).map(({ line, column }) => ({
      id: line.id,
      column: column.key,
      text: "",
    }));
    dispatch({ type: "cells", what: `clear ${counted(cells.length, "cell")}`, cells });
  };
  const fill = (source: Range, target: Range) => {
    const cells = filled(source, target).flatMap(({ from, to }): CellEdit[] => {
      const [line, origin] = [shown[to.line], shown[from.line]];
      const [column, originColumn] = [columns[to.column], columns[from.column]];
      return line?.kind === "row" &&
        origin?.kind === "row" &&
        column?.isOpen === true &&
        originColumn !== undefined
        ? [
            {
              id: line.line.id,
              column: column.key,
              text: cellOf(origin.line.row, originColumn.key),
            },
          ]
        : [];
    });
    dispatch({ type: "cells", what: `fill ${counted(cells.length, "cell")}`, cells });
    setSelection(selectionOf(target));
  };
  const copy = (range: Range): string =>
    blockText(
      shown
        .slice(range.top, range.bottom + 1)
        .flatMap((at) =>
          at.kind === "row"
            ? [
                columns
                  .slice(range.left, range.right + 1)
                  .map(({ key }) => shownText(at, key, checked)),
              ]
            : [],
        ),
    );
  const paste = async (text: string, at: Spot, comma = separatorsOf(locale).decimal === ",") => {
    const block = await readBlock(text, comma, columns, at.column);
    if (isFailure(block)) {
      setFailure(block);
      return;
    }
    const laid = laidOut(block, { columns, shown, lines, at });
    const count = laid.cells.length + laid.rows.length;
    dispatch({ type: "paste", what: `paste, ${counted(count, "change")}`, ...laid });
    setReport({ text, comma, at, ...laid.report });
  };
  /** Takes a paste back and reads it with the other decimal mark. */
  const pasteOtherwise = () => {
    if (report !== null) {
      dispatch({ type: "undo" });
      void paste(report.text, report.at, !report.comma);
    }
  };
  const selectedLines = () => {
    const { top, bottom } = rangeOf(selection);
    return shown.slice(top, bottom + 1).flatMap((at) => (at.kind === "row" ? [at.line] : []));
  };
  const insert = () => {
    const like = selectedLines().at(-1);
    const row = emptyRow(like?.row.meter ?? sheet.meters[0] ?? "");
    const code = codeFor(row, new Set(lines.map((line) => line.row.code)));
    dispatch({
      type: "insert",
      after: like?.id ?? null,
      rows: [{ ...row, code }],
      what: "add a rate",
    });
    const { bottom } = rangeOf(selection);
    const line = like === undefined ? 0 : bottom + 1;
    setSelection({ at: { line, column: 0 }, to: { line, column: 0 } });
  };
  const remove = () => {
    const ids = new Set(selectedLines().map(({ id }) => id));
    dispatch({ type: "remove", ids, what: `remove ${counted(ids.size, "rate")}` });
  };
  const setRow = (id: number, row: SheetRow, what: string) =>
    dispatch({ type: "row", id, row, what });
  const goToCell = (id: number, column: string) => {
    const line = shown.findIndex((at) => at.kind === "row" && at.line.id === id);
    if (line >= 0) {
      const spot = {
        line,
        column: Math.max(
          0,
          columns.findIndex(({ key }) => key === column),
        ),
      };
      setSelection({ at: spot, to: spot });
    }
    return line >= 0;
  };
  const findNext = (back: boolean) => {
    const spot = nextFound({ shown, columns, wanted: view.find, from: selection.at, back });
    if (spot !== null) {
      setSelection({ at: spot, to: spot });
    }
    return spot !== null;
  };
  // Stable, because lines are drawn again when it changes.
  const latestShown = useRef(shown);
  latestShown.current = shown;
  const toggle = useCallback((line: number) => {
    const at = latestShown.current[line];
    if (at?.kind === "group") {
      setClosed((before) => {
        const after = new Set(before);
        if (!after.delete(at.key)) {
          after.add(at.key);
        }
        return after;
      });
    }
  }, []);
  const active = shown[selection.at.line];
  return {
    model,
    lines,
    columns,
    shown,
    selection,
    select: setSelection,
    activeLine: active?.kind === "row" ? active.line : null,
    checked,
    failure: failure ?? checkFailure,
    filterProblem: wanted.problem,
    problem,
    report,
    closeReport: () => setReport(null),
    effectiveAt,
    setEffectiveAt,
    note,
    setNote,
    type,
    clear,
    fill,
    copy,
    paste,
    pasteOtherwise,
    insert,
    remove,
    setRow,
    command: (text: string) => {
      if (!command(text.startsWith("=") ? text : `= ${text}`, rangeOf(selection))) {
        setProblem(null);
      }
    },
    undo: () => dispatch({ type: "undo" }),
    redo: () => dispatch({ type: "redo" }),
    goToCell,
    findNext,
    toggle,
  };
}

/** The text of a cell, also of those that are derived. */
export function shownText(
  at: Extract<ShownLine, { kind: "row" }>,
  key: string,
  checked: Checked | null,
): string {
  if (key === "cost" || key === "margin") {
    const margin = checked?.marginOf.get(at.line.id);
    return (key === "cost" ? margin?.cost : margin?.percent) ?? "";
  }
  if (key !== "was.price" && key !== "change") {
    return cellOf(at.line.row, key);
  }
  const change = checked?.changeOf.get(at.line.id);
  if (key === "change") {
    return change?.is_new === true ? "new" : (change?.percent ?? "");
  }
  return change?.is_new === true ? "" : (change?.was.price ?? at.line.row.price);
}

interface ColumnsOf {
  readonly checked: Checked | null;
  readonly rows: readonly SheetRow[];
  /** The currency of cost and margin, where they are shown. */
  readonly costs: string | null;
}

function useColumns(sheet: Sheet, { checked, rows, costs }: ColumnsOf): readonly Column[] {
  const dimensions = checked?.check.dimensions ?? sheet.dimensions;
  const shape = JSON.stringify(dimensions);
  const hasRest = rows.some(({ rest }) => rest !== "");
  // The same columns stay the same list, whatever else was checked.
  return useMemo(
    () =>
      columnsOf({
        unit: sheet.unit,
        dimensions,
        meters: sheet.meters,
        walletTypes: sheet.wallet_types,
        base: sheet.base,
        costs,
        rows,
      }),
    [sheet, shape, hasRest, costs],
  );
}

interface Sought {
  readonly shown: readonly ShownLine[];
  readonly columns: readonly Column[];
  readonly wanted: string;
  readonly from: Spot;
  readonly back: boolean;
}

/** The next cell that has a text, after the last one from the beginning. */
function nextFound({ shown, columns, wanted, from, back }: Sought): Spot | null {
  const count = shown.length * columns.length;
  const start = from.line * columns.length + from.column;
  for (let n = 1; n <= count; n += 1) {
    const place = (start + (back ? count - n : n)) % count;
    const spot = { line: Math.floor(place / columns.length), column: place % columns.length };
    const at = shown[spot.line];
    const column = columns[spot.column];
    if (
      at?.kind === "row" &&
      column !== undefined &&
      hasText(cellOf(at.line.row, column.key), wanted)
    ) {
      return spot;
    }
  }
  return null;
}
