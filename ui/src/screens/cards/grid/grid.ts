/** What a grid is given and what it tells. */
import type { Range, Selection, Spot } from "../model/range";

export interface GridColumn {
  readonly key: string;
  readonly name: string;
  readonly isNumber: boolean;
  /** Whether it may be typed into. */
  readonly isOpen: boolean;
  readonly options: readonly string[];
  readonly widthPx: number;
}

export interface GridLineData {
  /** Stays the same as long as the line does. */
  readonly key: string;
  /** Number at the left. */
  readonly number: string;
  /** A line that heads a group: its words. */
  readonly group: { readonly name: string; readonly isOpen: boolean } | null;
}

export interface GridCell {
  /** As it is shown. */
  readonly text: string;
  /** `any` for what matches everything, `absent` for what has a meaning by being absent. */
  readonly look: "plain" | "any" | "absent" | "muted";
  /** What it held in the version before, where that was something else. */
  readonly was: string | null;
  /** What is wrong with it. */
  readonly problem: { readonly isError: boolean; readonly message: string } | null;
  readonly isFound: boolean;
}

/** What is being typed. */
export interface Typing {
  readonly text: string;
  /** Begun by typing: arrows then end it and go on. */
  readonly isQuick: boolean;
}

export interface GridProps {
  readonly label: string;
  readonly columns: readonly GridColumn[];
  readonly lines: readonly GridLineData[];
  /** How many columns stay when the rest is scrolled. */
  readonly frozen: number;
  /** Another function when any cell says something else. */
  readonly cellAt: (line: number, column: number) => GridCell;
  /** The text that a cell is edited as. */
  readonly textAt: (line: number, column: number) => string;
  readonly isReadOnly: boolean;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  /** A cell was typed into; the range is what was selected then. */
  readonly onType: (spot: Spot, text: string, range: Range) => void;
  readonly onClear: (range: Range) => void;
  readonly onFill: (source: Range, target: Range) => void;
  /** The text of a range for the clipboard. */
  readonly onCopy: (range: Range) => string;
  readonly onPaste: (text: string, at: Spot) => void;
  /** A group was opened or closed. */
  readonly onToggle: (line: number) => void;
  /** A key that is not the grid's own; true when it was used. */
  readonly onKey: (event: React.KeyboardEvent) => boolean;
}
