/** The keys of the grid: going about, selecting, typing, clearing, filling. */
import { type KeyboardEvent, useCallback, useRef } from "react";
import { ROW_PX } from "../../../parts/rows";
import { downSource, rightSource } from "../model/fill";
import {
  clampSpot,
  type Extent,
  goTo,
  rangeOf,
  type Selection,
  selectionOf,
  stepFrom,
} from "../model/range";
import type { GridProps, Typing } from "./grid";

interface Keys extends GridProps {
  readonly extent: Extent;
  readonly typing: Typing | null;
  readonly setTyping: (typing: Typing | null) => void;
  readonly focus: () => void;
  readonly windowPx: number;
}

export function useGridKeys(now: Keys) {
  // Callbacks stay the same, so that lines need not be drawn again for them.
  const keys = useRef(now);
  keys.current = now;
  const onTyped = useCallback((text: string, step: { line: number; column: number } | null) => {
    const { selection, onType, onSelect, setTyping, focus, extent } = keys.current;
    setTyping(null);
    onType(selection.at, text, rangeOf(selection));
    if (step !== null) {
      const { line, column } = selection.at;
      const spot = { line: line + step.line, column: column + step.column };
      onSelect(goTo(selection, spot, { extent, extends: false }));
      focus();
    }
  }, []);
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    if (keys.current.typing === null && pressed(event, keys.current)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, []);
  return { onTyped, onKeyDown };
}

/** Does what a key says; whether it was the grid's. */
function pressed(event: KeyboardEvent, keys: Keys): boolean {
  if (event.altKey || event.metaKey) {
    return keys.onKey(event);
  }
  return (
    keys.onKey(event) ||
    went(event, keys) ||
    chose(event, keys) ||
    filled(event, keys) ||
    typed(event, keys)
  );
}

function went(event: KeyboardEvent, keys: Keys): boolean {
  const { selection, extent, onSelect } = keys;
  const page = Math.max(1, Math.floor(keys.windowPx / ROW_PX) - 1);
  const from = event.shiftKey ? selection.to : selection.at;
  const step = { key: event.key, ctrl: event.ctrlKey, page };
  const spot = stepFrom(from, step, extent) ?? tabbed(event, selection);
  if (spot === null) {
    return false;
  }
  const isTab = event.key === "Tab";
  // At the edge, Tab leaves the grid.
  const isOut = isTab && (spot.column < 0 || spot.column >= extent.columns);
  if (!isOut) {
    onSelect(goTo(selection, spot, { extent, extends: event.shiftKey && !isTab }));
  }
  return !isOut;
}

function tabbed(event: KeyboardEvent, { at }: Selection) {
  return event.key === "Tab" ? { ...at, column: at.column + (event.shiftKey ? -1 : 1) } : null;
}

function chose(event: KeyboardEvent, { selection, extent, onSelect }: Keys): boolean {
  const range = rangeOf(selection);
  const last = { line: extent.lines - 1, column: extent.columns - 1 };
  if (event.ctrlKey && event.key.toLowerCase() === "a") {
    onSelect(selectionOf({ top: 0, left: 0, bottom: last.line, right: last.column }));
    return true;
  }
  if (event.key === " " && event.ctrlKey) {
    onSelect(selectionOf({ ...range, top: 0, bottom: last.line }));
    return true;
  }
  if (event.key === " " && event.shiftKey) {
    onSelect(selectionOf({ ...range, left: 0, right: last.column }));
    return true;
  }
  return false;
}

function filled(event: KeyboardEvent, { selection, isReadOnly, onFill }: Keys): boolean {
  const key = event.key.toLowerCase();
  if (!event.ctrlKey || event.shiftKey || (key !== "d" && key !== "r")) {
    return false;
  }
  if (!isReadOnly) {
    const range = rangeOf(selection);
    onFill(key === "d" ? downSource(range) : rightSource(range), range);
  }
  return true;
}

function typed(event: KeyboardEvent, keys: Keys): boolean {
  const { selection, isReadOnly, lines, columns, extent } = keys;
  const at = clampSpot(selection.at, extent);
  if (lines[at.line]?.group != null) {
    const isToggle = event.key === "Enter" || event.key === " ";
    if (isToggle) {
      keys.onToggle(at.line);
    }
    return isToggle;
  }
  const isOpen = !isReadOnly && columns[at.column]?.isOpen === true;
  const range = rangeOf(selection);
  if (event.key === "Delete" || event.key === "Backspace") {
    if (!isReadOnly) {
      keys.onClear(range);
    }
    return true;
  }
  if (event.key === "F2" || event.key === "Enter") {
    if (isOpen) {
      keys.setTyping({ text: keys.textAt(at.line, at.column), isQuick: false });
    }
    return isOpen;
  }
  if (!event.ctrlKey && event.key.length === 1 && isOpen) {
    keys.setTyping({ text: event.key, isQuick: true });
    return true;
  }
  return false;
}
