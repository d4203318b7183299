/** A row of a report: its words, and its figures as buttons that take them apart. */

import { isDecimal } from "../../format/decimal";
import type { ReportColumn, ReportRow } from "../../host";
import { Amount } from "../../parts/Figure";
import css from "./SheetTable.module.css";

interface SheetRowProps {
  readonly row: ReportRow;
  /** Its place in the table. */
  readonly place: number;
  readonly columns: readonly ReportColumn[];
  /** Whether only some rows of the table are drawn, so that each must say which it is. */
  readonly isOfMany: boolean;
  /** The column that the Tab key stops at, when it stops in this row. */
  readonly stop: number | null;
  readonly chosen: number | null;
  readonly onFocus: (row: number, column: number) => void;
  readonly onChoose: (row: number, column: number) => void;
}

export function SheetRow(props: SheetRowProps) {
  const { row, place, columns, isOfMany, stop, chosen, onFocus, onChoose } = props;
  return (
    <tr
      className={row.is_sum ? css.sum : undefined}
      aria-rowindex={isOfMany ? place + 2 : undefined}
    >
      {columns.map((column, n) => {
        const text = row.cells[n] ?? "";
        if (!column.is_number) {
          return <Words key={column.key} text={text} isFirst={n === 0} />;
        }
        return (
          <td key={column.key} className={css.number}>
            {!column.is_amount && (
              <span className={css.plain}>
                {isDecimal(text) ? <Amount value={text} zero="dash" /> : text}
              </span>
            )}
            {text !== "" && column.is_amount && (
              <button
                type="button"
                data-at={`${place} ${n}`}
                tabIndex={stop === n ? 0 : -1}
                aria-pressed={chosen === n}
                onFocus={() => onFocus(place, n)}
                onClick={() => onChoose(place, n)}
              >
                <Amount value={text} zero="dash" />
              </button>
            )}
          </td>
        );
      })}
    </tr>
  );
}

function Words({ text, isFirst }: { readonly text: string; readonly isFirst: boolean }) {
  return isFirst ? (
    <th scope="row" className={css.words} title={text}>
      {text}
    </th>
  ) : (
    <td className={css.words} title={text}>
      {text}
    </td>
  );
}
