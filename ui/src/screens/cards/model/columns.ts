/** The columns of a rate card, and a rate as cells of them. A cell is a text; nothing is computed here. */
import type { SheetDimension, SheetRow } from "../../../host";
import { readTiers, tiersText } from "./tiers";

export interface Column {
  /** As problems and changes name it: `price`, `match.region`. */
  readonly key: string;
  readonly name: string;
  readonly isNumber: boolean;
  /** Whether it may be typed into. */
  readonly isOpen: boolean;
  /** What may stand in it; empty for anything. */
  readonly options: readonly string[];
}

/** A row of the sheet, which keeps its id whatever is done to it. */
export interface Line {
  readonly id: number;
  readonly row: SheetRow;
}

export const MODELS = ["per_unit", "package", "graduated", "volume", "stairstep", "percentage"];

const TIERED = new Set(["graduated", "volume", "stairstep"]);

export function isTiered(model: string): boolean {
  return TIERED.has(model);
}

type TextMember =
  | "code"
  | "meter"
  | "model"
  | "price"
  | "per"
  | "included"
  | "maximum"
  | "quantity_unit"
  | "wallet_types"
  | "rest";

const DIMENSION = "match.";

export function dimensionOf(key: string): string | null {
  return key.startsWith(DIMENSION) ? key.slice(DIMENSION.length) : null;
}

interface Shape {
  readonly unit: string;
  readonly dimensions: readonly SheetDimension[];
  readonly meters: readonly string[];
  readonly walletTypes: readonly string[];
  /** The version that it is compared with. */
  readonly base: number | null;
  /** The currency of cost and margin, where they are shown. */
  readonly costs: string | null;
  readonly rows: readonly SheetRow[];
}

/** The columns of a sheet: those that say what is matched, those that say what it costs, the rest. */
export function columnsOf(shape: Shape): readonly Column[] {
  const open = (key: string, name: string, options: readonly string[] = []): Column => ({
    key,
    name,
    isNumber: false,
    isOpen: true,
    options,
  });
  const number = (key: string, name: string): Column => ({ ...open(key, name), isNumber: true });
  const derived = (key: string, name: string): Column => ({ ...number(key, name), isOpen: false });
  const base =
    shape.base === null
      ? []
      : [derived("was.price", `v${shape.base}`), derived("change", "Change")];
  const costs =
    shape.costs === null
      ? []
      : [derived("cost", `Cost, ${shape.costs}`), derived("margin", "Margin")];
  const hasRest = shape.rows.some(({ rest }) => rest !== "");
  return [
    open("code", "Rate"),
    open("meter", "Meter", shape.meters),
    ...shape.dimensions.map(({ name, values }) => open(`${DIMENSION}${name}`, name, values)),
    open("model", "Model", MODELS),
    number("per", "Per"),
    number("price", `Price, ${shape.unit}`),
    ...costs,
    ...base,
    open("tiers", "Tiers"),
    number("included", "Included"),
    number("maximum", "Maximum"),
    open("quantity_unit", "Counted in"),
    open("wallet_types", "Paid from", shape.walletTypes),
    ...(hasRest ? [{ ...open("rest", "More"), isOpen: false }] : []),
  ];
}

/** The text of a cell. */
export function cellOf(row: SheetRow, key: string): string {
  const dimension = dimensionOf(key);
  if (dimension !== null) {
    return row.cells[dimension] ?? "";
  }
  if (key === "tiers") {
    return tiersText(row.tiers);
  }
  return key in row ? row[key as TextMember] : "";
}

/** The row with another text in a cell; the same row when the cell cannot hold it. */
export function withCell(row: SheetRow, key: string, text: string): SheetRow {
  if (cellOf(row, key) === text) {
    return row;
  }
  const dimension = dimensionOf(key);
  if (dimension !== null) {
    return { ...row, cells: { ...row.cells, [dimension]: text } };
  }
  if (key === "tiers") {
    const tiers = readTiers(text);
    return tiers === null ? row : { ...row, tiers };
  }
  return { ...row, [key]: text };
}

/** A row without anything in it, of the meter of the others. */
export function emptyRow(meter: string): SheetRow {
  return {
    code: "",
    meter,
    cells: {},
    model: "per_unit",
    price: "",
    per: "",
    tiers: [],
    included: "",
    maximum: "",
    quantity_unit: "",
    wallet_types: "",
    rest: "",
  };
}

/** A code for a row that has none: what it matches, with a number where that is taken. */
export function codeFor(row: SheetRow, taken: ReadonlySet<string>): string {
  const values = Object.values(row.cells).filter((value) => value !== "" && value !== "*");
  const words = values.length > 0 ? values : [row.meter];
  const name = words
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  const base = name === "" ? "rate" : name;
  if (!taken.has(base)) {
    return base;
  }
  for (let n = 2; ; n += 1) {
    if (!taken.has(`${base}-${n}`)) {
      return `${base}-${n}`;
    }
  }
}
