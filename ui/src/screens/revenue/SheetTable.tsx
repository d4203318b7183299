/**
 * A table of a report. One stop for the Tab key; arrow keys go from figure to figure, Enter takes one
 * apart. A long table scrolls by itself and draws only the rows that are seen.
 */
import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ReportRow, ReportTable } from "../../host";
import { ROW_PX, scrollTo, viewOf } from "../../parts/rows";
import { SheetRow } from "./SheetRow";
import css from "./SheetTable.module.css";
import { isPlace, movedTo, widthsOf } from "./table";

/** More rows than this scroll by themselves. */
const LONG = 120;

interface SheetTableProps {
  readonly table: ReportTable;
  readonly chosen: { readonly row: number; readonly column: number } | null;
  readonly onChoose: (row: number, column: number) => void;
}

export function SheetTable({ table, chosen, onChoose }: SheetTableProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const widths = useMemo(() => widthsOf(table), [table]);
  const foot = useMemo(() => footOf(table.rows), [table]);
  const isLong = foot > LONG;
  const view = useView(scroller, isLong ? foot : 0);
  const [first, end] = isLong ? [view.first, view.end] : [0, foot];
  const [at, setAt] = useState({ row: 0, column: table.columns.findIndex(isPlace) });
  const wanted = useRef(false);
  useEffect(() => {
    if (wanted.current) {
      const cell = scroller.current?.querySelector<HTMLElement>(
        `[data-at="${at.row} ${at.column}"]`,
      );
      if (cell != null) {
        wanted.current = false;
        cell.focus({ preventScroll: isLong });
      }
    }
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const next = movedTo(table, at, event.key);
    if (next === null || event.altKey || event.ctrlKey) {
      return;
    }
    event.preventDefault();
    wanted.current = true;
    setAt(next);
    if (isLong && next.row < foot && scroller.current !== null) {
      scroller.current.scrollTop = scrollTo(next.row, foot, view.scrollPx, view.windowPx);
    }
  };
  const rowAt = (place: number) => {
    const row = table.rows[place];
    return row === undefined ? null : (
      <SheetRow
        key={place}
        row={row}
        place={place}
        columns={table.columns}
        isOfMany={isLong}
        stop={at.row === place ? at.column : null}
        chosen={chosen?.row === place ? chosen.column : null}
        onFocus={(row, column) => setAt({ row, column })}
        onChoose={onChoose}
      />
    );
  };
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className={css.title}>
        {table.title}
      </h3>
      {table.notes.map((note) => (
        <p key={note} className={css.note}>
          {note}
        </p>
      ))}
      {/* What scrolls and holds no button is reached by the keyboard itself. */}
      <div
        ref={scroller}
        className={isLong ? css.long : undefined}
        onScroll={view.measure}
        {...(isLong && !table.columns.some(({ is_amount }) => is_amount)
          ? { role: "region", tabIndex: 0, "aria-labelledby": id }
          : {})}
      >
        <table
          className={css.table}
          aria-labelledby={id}
          aria-rowcount={isLong ? table.rows.length + 1 : undefined}
          onKeyDown={onKeyDown}
        >
          <colgroup>
            {widths.map((width, n) => (
              <col key={table.columns[n]?.key} style={{ width: `${width}ch` }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {table.columns.map(({ key, heading, unit, is_number }) => (
                <th key={key} scope="col" className={is_number ? css.number : css.words}>
                  {heading}
                  {unit !== null && key.startsWith("consumed_") && ` (${unit})`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {isLong && <tr style={{ height: first * ROW_PX }} />}
            {Array.from({ length: end - first }, (_, n) => rowAt(first + n))}
            {isLong && <tr style={{ height: (foot - end) * ROW_PX }} />}
          </tbody>
          <tfoot>
            {Array.from({ length: table.rows.length - foot }, (_, n) => rowAt(foot + n))}
          </tfoot>
        </table>
      </div>
    </section>
  );
}

/** Where the foot begins: the sum of the whole table, which stays in sight. Sums of several units do not. */
function footOf(rows: readonly ReportRow[]): number {
  const sums = rows.filter(({ is_sum }) => is_sum).length;
  return sums === 1 && rows.at(-1)?.is_sum === true ? rows.length - 1 : rows.length;
}

/** Which rows of a long table are seen. */
function useView(scroller: RefObject<HTMLDivElement | null>, count: number) {
  const [place, setPlace] = useState({ scrollPx: 0, windowPx: 0 });
  const measure = useCallback(() => {
    const element = scroller.current;
    if (element !== null && count > 0) {
      const windowPx = Math.max(0, element.clientHeight - 2 * ROW_PX);
      setPlace({ scrollPx: element.scrollTop, windowPx });
    }
  }, [scroller, count]);
  useEffect(() => {
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, [measure]);
  return { ...viewOf(count, place.scrollPx, place.windowPx), ...place, measure };
}
