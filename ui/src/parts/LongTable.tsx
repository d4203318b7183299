/** A table of up to millions of rows: only those that are seen are asked for and drawn. */
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { flushSync } from "react-dom";
import css from "./LongTable.module.css";
import { ROW_PX, scrollTo, viewOf } from "./rows";

export interface LongColumn<Row> {
  readonly name: string;
  /** As in `grid-template-columns`. */
  readonly width: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => ReactNode;
  /** What is shown in whole over a name that is cut off. */
  readonly title?: (row: Row) => string;
}

interface LongTableProps<Row> {
  /** What the table is, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly LongColumn<Row>[];
  readonly count: number;
  /** The row at a place, or undefined while it is on its way. */
  readonly rowAt: (place: number) => Row | undefined;
  /** Told which rows are seen: the first, and the one after the last. */
  readonly onSeen: (first: number, end: number) => void;
  readonly selected: number | null;
  readonly onSelect: (place: number) => void;
  /** Told when a row is opened, by Enter or by two clicks, where rows can be opened. */
  readonly onOpen?: (place: number) => void;
}

export function LongTable<Row>(props: LongTableProps<Row>) {
  const { label, columns, count, rowAt, onSeen, selected, onSelect, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const [place, setPlace] = useState({ scrollPx: 0, windowPx: 0 });
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
  // Drawn in the frame in which it is scrolled: a frame later a quick wheel meets blanks.
  const onScroll = () => flushSync(measure);
  const view = viewOf(count, place.scrollPx, place.windowPx);
  useEffect(() => onSeen(view.first, view.end), [onSeen, view.first, view.end]);

  const select = (next: number) => {
    const row = Math.max(0, Math.min(count - 1, next));
    onSelect(row);
    if (scroller.current !== null) {
      scroller.current.scrollTop = scrollTo(row, count, place.scrollPx, place.windowPx);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(place.windowPx / ROW_PX) - 1);
    const here = selected ?? -1;
    if (event.key === "Enter" && selected !== null && onOpen !== undefined) {
      event.preventDefault();
      onOpen(selected);
      return;
    }
    const next = {
      ArrowDown: here + 1,
      ArrowUp: here - 1,
      PageDown: here + page,
      PageUp: here - page,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (next !== undefined && !event.altKey && !event.ctrlKey) {
      event.preventDefault();
      select(next);
    }
  };
  const template = { gridTemplateColumns: columns.map(({ width }) => width).join(" ") };
  const rows = Array.from({ length: view.end - view.first }, (_, n) => view.first + n);
  const isShown = selected !== null && selected >= view.first && selected < view.end;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out rows.
    <div
      ref={scroller}
      className={css.scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      aria-activedescendant={isShown ? `${id}-${selected}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus. */}
      <div role="row" aria-rowindex={1} className={css.head} style={template}>
        {columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus.
          <span
            key={column.name}
            role="columnheader"
            className={column.isNumber ? css.number : css.cell}
          >
            {column.name}
          </span>
        ))}
      </div>
      <div role="presentation" className={css.way} style={{ height: view.heightPx }}>
        <div role="presentation" style={{ transform: `translateY(${view.topPx}px)` }}>
          {rows.map((at) => (
            <LongRow
              key={at}
              id={`${id}-${at}`}
              at={at}
              row={rowAt(at)}
              columns={columns}
              template={template}
              isSelected={at === selected}
              onSelect={onSelect}
              onOpen={onOpen}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface LongRowProps<Row> {
  readonly id: string;
  readonly at: number;
  readonly row: Row | undefined;
  readonly columns: readonly LongColumn<Row>[];
  readonly template: { readonly gridTemplateColumns: string };
  readonly isSelected: boolean;
  readonly onSelect: (place: number) => void;
  readonly onOpen: ((place: number) => void) | undefined;
}

function LongRow<Row>(props: LongRowProps<Row>) {
  const { id, at, row, columns, template, isSelected, onSelect, onOpen } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out rows.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys.
    <div
      id={id}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={isSelected}
      className={css.row}
      style={template}
      onClick={() => onSelect(at)}
      onDoubleClick={() => onOpen?.(at)}
    >
      {columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: as above.
        // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus.
        <span
          key={column.name}
          role="gridcell"
          className={column.isNumber ? css.number : css.cell}
          title={row === undefined ? undefined : column.title?.(row)}
        >
          {row === undefined ? <span className={css.coming} /> : column.cell(row)}
        </span>
      ))}
    </div>
  );
}
