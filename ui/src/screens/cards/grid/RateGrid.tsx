/**
 * A grid of texts that is typed into as into a spreadsheet. Knows lines, columns and what is selected,
 * and tells what was typed; what the texts mean is decided by whoever holds them.
 *
 * Only the lines that are seen are drawn, and a line is drawn again only when something in it changed.
 */
import { type PointerEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { ROW_PX, scrollTo, viewOf } from "../../../parts/rows";
import { dragged } from "../model/fill";
import { goTo, type Range, rangeOf, type Selection, type Spot } from "../model/range";
import { GridLine } from "./GridLine";
import type { GridProps, Typing } from "./grid";
import css from "./RateGrid.module.css";
import { useClipboard } from "./useClipboard";
import { useGridKeys } from "./useGridKeys";

/** Width of what stands before the first column. */
const EDGE_PX = 44;

export function RateGrid(props: GridProps) {
  const { label, columns, lines, frozen, selection, onSelect, isReadOnly } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ scrollPx: 0, windowPx: 0 });
  const [typing, setTyping] = useState<Typing | null>(null);
  const [dragTo, setDragTo] = useState<Range | null>(null);
  const extent = useMemo(
    () => ({ lines: lines.length, columns: columns.length }),
    [lines.length, columns.length],
  );
  const measure = useCallback(() => {
    const element = scroller.current;
    if (element !== null) {
      setPlace({ scrollPx: element.scrollTop, windowPx: element.clientHeight - ROW_PX });
    }
  }, []);
  useEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (scroller.current !== null) {
      observer.observe(scroller.current);
    }
    return () => observer.disconnect();
  }, [measure]);

  const lefts = useMemo(() => leftsOf(columns.map(({ widthPx }) => widthPx)), [columns]);
  const widthPx = lefts.at(-1) ?? EDGE_PX;
  useShown(scroller, { to: selection.to, count: lines.length, lefts, frozen });

  const focus = useCallback(() => scroller.current?.focus({ preventScroll: true }), []);
  const select = useCallback(
    (spot: Spot, extended: boolean) =>
      onSelect(goTo(selection, spot, { extent, extends: extended })),
    [onSelect, selection, extent],
  );
  const keys = useGridKeys({
    ...props,
    extent,
    typing,
    setTyping,
    focus,
    windowPx: place.windowPx,
  });
  useClipboard(scroller, props, typing !== null);

  const view = viewOf(lines.length, place.scrollPx, place.windowPx);
  const range = rangeOf(selection);
  const drag = useDrag({ selection, select, setDragTo, dragTo, onFill: props.onFill, scroller });
  const shown = Array.from({ length: view.end - view.first }, (_, n) => view.first + n);
  const template = useMemo(() => {
    const widths = columns.map((column) => `${column.widthPx}px`).join(" ");
    return { gridTemplateColumns: `${EDGE_PX}px ${widths}`, width: widthPx };
  }, [columns, widthPx]);
  const stop = useCallback(() => {
    setTyping(null);
    focus();
  }, [focus]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out rows.
    <div
      ref={scroller}
      className={css.scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={lines.length + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      aria-readonly={isReadOnly}
      aria-activedescendant={`${id}-${selection.to.line}-${selection.to.column}`}
      tabIndex={0}
      onScroll={measure}
      onKeyDown={keys.onKeyDown}
      {...drag}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus. */}
      <div role="row" aria-rowindex={1} className={css.head} style={template}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus. */}
        <span role="columnheader" aria-colindex={1} className={css.edge} style={{ left: 0 }}>
          <span className="visually-hidden">Line</span>
        </span>
        {columns.map((column, at) => (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus.
          <span
            key={column.key}
            role="columnheader"
            aria-colindex={at + 2}
            className={[
              css.title,
              column.isNumber ? css.number : "",
              at < frozen ? css.frozen : "",
              at >= range.left && at <= range.right ? css.here : "",
            ].join(" ")}
            style={at < frozen ? { left: lefts[at] } : undefined}
            title={column.name}
          >
            {column.name}
          </span>
        ))}
      </div>
      <div
        role="presentation"
        className={css.way}
        style={{ height: view.heightPx, width: widthPx }}
      >
        <div role="presentation" style={{ transform: `translateY(${view.topPx}px)` }}>
          {shown.map((at) => {
            const line = lines[at];
            return line === undefined ? null : (
              <GridLine
                key={line.key}
                id={id}
                at={at}
                line={line}
                columns={columns}
                cellAt={props.cellAt}
                template={template}
                lefts={lefts}
                frozen={frozen}
                span={spanIn(range, at)}
                drag={dragTo === null ? null : spanIn(dragTo, at)}
                active={selection.at.line === at ? selection.at.column : null}
                hasHandle={!isReadOnly && range.bottom === at}
                typing={typing !== null && selection.at.line === at ? typing : null}
                onTyping={setTyping}
                onTyped={keys.onTyped}
                onStop={stop}
                onToggle={props.onToggle}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The columns of a range in one line, as `first-last`: a text, so that equal ones are equal. */
function spanIn(range: Range, line: number): string | null {
  return line >= range.top && line <= range.bottom ? `${range.left}-${range.right}` : null;
}

/** Where each column begins, and at the end where the last one ends. */
function leftsOf(widths: readonly number[]): readonly number[] {
  const lefts = [EDGE_PX];
  for (const width of widths) {
    lefts.push((lefts.at(-1) ?? 0) + width);
  }
  return lefts;
}

interface ShownCell {
  readonly to: Spot;
  readonly count: number;
  readonly lefts: readonly number[];
  readonly frozen: number;
}

/** Scrolls so that the cell that was gone to is seen whole, beside what is frozen. */
function useShown(
  scroller: React.RefObject<HTMLDivElement | null>,
  { to, count, lefts, frozen }: ShownCell,
): void {
  useEffect(() => {
    const element = scroller.current;
    if (element === null || to.line >= count) {
      return;
    }
    const windowPx = element.clientHeight - ROW_PX;
    element.scrollTop = scrollTo(to.line, count, element.scrollTop, windowPx);
    const left = lefts[to.column] ?? 0;
    const right = lefts[to.column + 1] ?? left;
    const frozenPx = lefts[frozen] ?? 0;
    if (to.column >= frozen && left - frozenPx < element.scrollLeft) {
      element.scrollLeft = left - frozenPx;
    } else if (to.column >= frozen && right > element.scrollLeft + element.clientWidth) {
      element.scrollLeft = right - element.clientWidth;
    }
  }, [scroller, to.line, to.column, count, lefts, frozen]);
}

interface Drag {
  readonly selection: Selection;
  readonly select: (spot: Spot, extended: boolean) => void;
  readonly dragTo: Range | null;
  readonly setDragTo: (range: Range | null) => void;
  readonly onFill: (source: Range, target: Range) => void;
  readonly scroller: React.RefObject<HTMLDivElement | null>;
}

/** Selecting and filling with the pointer. */
function useDrag({ selection, select, dragTo, setDragTo, onFill, scroller }: Drag) {
  const mode = useRef<"select" | "fill" | null>(null);
  const onPointerDown = (event: PointerEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    if (event.button !== 0 || target === null || target.closest("input, button") !== null) {
      return;
    }
    if (target.closest("[data-handle]") !== null) {
      mode.current = "fill";
    } else {
      const spot = spotOf(target);
      if (spot === null) {
        return;
      }
      mode.current = "select";
      select(spot, event.shiftKey);
    }
    scroller.current?.focus({ preventScroll: true });
    event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent) => {
    if (mode.current === null) {
      return;
    }
    const spot = spotOf(document.elementFromPoint(event.clientX, event.clientY));
    if (spot === null) {
      return;
    }
    if (mode.current === "fill") {
      setDragTo(dragged(rangeOf(selection), spot));
    } else if (spot.line !== selection.to.line || spot.column !== selection.to.column) {
      select(spot, true);
    }
  };
  const onPointerUp = () => {
    if (mode.current === "fill" && dragTo !== null) {
      onFill(rangeOf(selection), dragTo);
    }
    mode.current = null;
    setDragTo(null);
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp };
}

/** The cell that an element is in. */
function spotOf(element: Element | null): Spot | null {
  const cell = element?.closest<HTMLElement>("[data-line]");
  const { line, column } = cell?.dataset ?? {};
  return line === undefined || column === undefined
    ? null
    : { line: Number(line), column: Number(column) };
}
