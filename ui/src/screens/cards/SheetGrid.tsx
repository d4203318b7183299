/** The rates of a sheet in the grid: how each cell looks, and how wide its column is. */
import { type KeyboardEvent, useCallback, useMemo } from "react";
import { decimal, formatDecimal, isDecimal } from "../../format/decimal";
import { useLocale } from "../../settings";
import type { GridCell, GridLineData } from "./grid/grid";
import { RateGrid } from "./grid/RateGrid";
import { type Column, cellOf, isTiered, type Line } from "./model/columns";
import { hasText } from "./model/find";
import type { ShownLine } from "./model/view";
import { type Checked, problemKey } from "./useChecked";
import { type OpenSheet, shownText } from "./useSheet";

/** Numbers of a column have as many decimals as the one with most, up to here. */
const DECIMALS_MAX = 6;
/** Room of the columns that are not typed into, in letters. */
const DERIVED_LETTERS: Readonly<Record<string, number>> = { change: 9, cost: 10, margin: 8 };
/** Room of a digit and of a letter of the window's type, and at the sides of a cell. */
const DIGIT_PX = 7.4;
const LETTER_PX = 8;
const SIDES_PX = 22;

interface SheetGridProps {
  readonly sheet: OpenSheet;
  readonly label: string;
  readonly isReadOnly: boolean;
  readonly frozen: number;
  readonly find: string;
  readonly onKey: (event: KeyboardEvent) => boolean;
}

export function SheetGrid({ sheet, label, isReadOnly, frozen, find, onKey }: SheetGridProps) {
  const { shown, columns, checked, lines } = sheet;
  const locale = useLocale();
  const decimals = useMemo(
    () =>
      new Map(
        columns.map(({ key, isNumber }) => [key, isNumber ? decimalsOf(lines, checked, key) : 0]),
      ),
    [columns, lines, checked],
  );
  // While rows are typed the widths stay: nothing moves under the pointer.
  const sized = useMemo(
    () => columns.map((column) => ({ ...column, widthPx: widthOf(column, lines, decimals) })),
    [columns, lines.length],
  );
  const data = useMemo(() => shown.map(lineData), [shown]);
  const cellAt = useCallback(
    (at: number, n: number): GridCell => {
      const line = shown[at];
      const column = columns[n];
      if (line?.kind !== "row" || column === undefined) {
        return { text: "", look: "plain", was: null, problem: null, isFound: false };
      }
      return cellIn({
        line,
        column,
        checked,
        locale,
        find,
        decimals: decimals.get(column.key) ?? 0,
      });
    },
    [shown, columns, checked, locale, find, decimals],
  );
  const textAt = (at: number, n: number) => {
    const line = shown[at];
    const column = columns[n];
    return line?.kind === "row" && column !== undefined
      ? typedText(cellOf(line.line.row, column.key), column.isNumber, locale)
      : "";
  };
  return (
    <RateGrid
      label={label}
      columns={sized}
      lines={data}
      frozen={frozen}
      cellAt={cellAt}
      textAt={textAt}
      isReadOnly={isReadOnly}
      selection={sheet.selection}
      onSelect={sheet.select}
      onType={sheet.type}
      onClear={sheet.clear}
      onFill={sheet.fill}
      onCopy={sheet.copy}
      onPaste={(text, at) => void sheet.paste(text, at)}
      onToggle={sheet.toggle}
      onKey={onKey}
    />
  );
}

function lineData(at: ShownLine, index: number): GridLineData {
  return at.kind === "row"
    ? { key: `row ${at.line.id}`, number: String(index + 1), group: null }
    : {
        key: `group ${at.key}`,
        number: "",
        group: { name: `${at.name} (${at.count})`, isOpen: at.isOpen },
      };
}

interface CellIn {
  readonly line: Extract<ShownLine, { kind: "row" }>;
  readonly column: Column;
  readonly checked: Checked | null;
  readonly locale: string;
  readonly find: string;
  readonly decimals: number;
}

function cellIn({ line, column, checked, locale, find, decimals }: CellIn): GridCell {
  const { id, row } = line.line;
  const text = shownText(line, column.key, checked);
  const change = checked?.changeOf.get(id);
  const below = column.key === "margin" ? checked?.belowCostOf.get(id) : undefined;
  const problem =
    below === undefined
      ? (checked?.problemAt.get(problemKey(id, column.key)) ?? null)
      : { is_error: false, message: below };
  const isTierless = column.key === "tiers" && !isTiered(row.model);
  const was = change?.was[column.key];
  // A price outside the tiers of a rate with tiers counts for nothing; it comes back with the model.
  const isIdle = isTiered(row.model) && ["price", "per"].includes(column.key);
  const meaning = text === "" || isIdle ? absent(column.key, isTiered(row.model)) : null;
  return {
    text: meaning ?? cellText(text, column, locale, decimals, checked?.marginOf.get(id)?.is_worst),
    look: lookOf(column, text, meaning, isTierless),
    was: column.isOpen && was !== undefined ? numberText(was, locale, decimals) : null,
    problem: problem === null ? null : { isError: problem.is_error, message: problem.message },
    isFound: hasText(text, find),
  };
}

function lookOf(
  column: Column,
  text: string,
  meaning: string | null,
  isTierless: boolean,
): GridCell["look"] {
  if (column.key.startsWith("match.") && ["", "*"].includes(text.trim())) {
    return "any";
  }
  if (!column.isOpen || isTierless) {
    return "muted";
  }
  return meaning === null ? "plain" : "absent";
}

/** What an empty cell means, where it means something. */
function absent(key: string, tiered: boolean): string | null {
  if (key.startsWith("match.")) {
    return "*";
  }
  if (key === "price" && tiered) {
    return "in tiers";
  }
  if (key === "per") {
    return tiered ? "" : "1";
  }
  return key === "wallet_types" ? "any wallet" : null;
}

function cellText(
  text: string,
  column: Column,
  locale: string,
  decimals: number,
  isWorst = false,
): string {
  if (column.key === "change") {
    return percentText(text, locale);
  }
  if (column.key === "margin" && isDecimal(text)) {
    const percent = formatDecimal(decimal(text), { locale, decimals: 1 });
    return `${isWorst ? "≥ " : ""}${percent} %`;
  }
  if (column.key === "cost" && text !== "") {
    return `${isWorst ? "≤ " : ""}${numberText(text, locale, decimals)}`;
  }
  return column.isNumber ? numberText(text, locale, decimals) : text;
}

/** A change in per cent, with its sign. */
export function percentText(text: string, locale: string): string {
  const plain = text.replace(/^\+/, "");
  return isDecimal(plain)
    ? `${formatDecimal(decimal(plain), { locale, decimals: 1, positive: "signed" })} %`
    : text;
}

/** Numbers as they were written: a sheet shows the same ones over and over. */
const written = new Map<string, string>();

export function numberText(text: string, locale: string, decimals: number): string {
  if (!isDecimal(text)) {
    return text;
  }
  const key = `${locale} ${decimals} ${text}`;
  let number = written.get(key);
  if (number === undefined) {
    number = formatDecimal(decimal(text), { locale, decimals: Math.max(fraction(text), decimals) });
    written.set(key, number);
  }
  return number;
}

/** As it is edited: in the locale's digits, without groups, with the decimals it has. */
function typedText(text: string, isNumber: boolean, locale: string): string {
  return isNumber && isDecimal(text)
    ? formatDecimal(decimal(text), { locale, decimals: fraction(text), negative: "minus" })
    : text;
}

function fraction(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

function decimalsOf(lines: readonly Line[], checked: Checked | null, key: string): number {
  if (key === "change" || key === "margin") {
    return 1;
  }
  if (key === "cost") {
    const costs = [...(checked?.marginOf.values() ?? [])].map(({ cost }) => fraction(cost));
    return Math.max(0, ...costs.filter((own) => own <= DECIMALS_MAX));
  }
  const member = key === "was.price" ? "price" : key;
  let most = 0;
  for (const { row } of lines) {
    const own = fraction(cellOf(row, member));
    if (own > most && own <= DECIMALS_MAX) {
      most = own;
    }
  }
  return most;
}

function widthOf(
  { key, name, isNumber }: Column,
  lines: readonly Line[],
  decimals: ReadonlyMap<string, number>,
): number {
  const member = key === "was.price" ? "price" : key;
  let longest = name.length;
  for (const { row } of lines) {
    const text = cellOf(row, member);
    const length = isNumber ? text.length + Math.floor(text.length / 3) : text.length;
    longest = Math.max(longest, length);
  }
  const least = DERIVED_LETTERS[key] ?? (isNumber ? 6 + (decimals.get(key) ?? 0) : 7);
  const letters = Math.min(Math.max(longest, least), key === "tiers" ? 34 : 24);
  return Math.round(letters * (isNumber ? DIGIT_PX : LETTER_PX) + SIDES_PX);
}
