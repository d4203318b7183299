/** A line of the grid: its cells, the cell that is typed into, the handle that fills. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { type CSSProperties, memo, type ReactNode } from "react";
import { CellInput } from "./CellInput";
import type { GridCell, GridColumn, GridLineData, Typing } from "./grid";
import css from "./RateGrid.module.css";

interface GridLineProps {
  readonly id: string;
  readonly at: number;
  readonly line: GridLineData;
  readonly columns: readonly GridColumn[];
  readonly cellAt: (line: number, column: number) => GridCell;
  readonly template: CSSProperties;
  readonly lefts: readonly number[];
  readonly frozen: number;
  /** Selected columns, as `first-last`. */
  readonly span: string | null;
  /** Columns that a drag would fill, as `first-last`. */
  readonly drag: string | null;
  /** The column that is typed into. */
  readonly active: number | null;
  readonly hasHandle: boolean;
  readonly typing: Typing | null;
  readonly onTyping: (typing: Typing) => void;
  readonly onTyped: (text: string, step: { line: number; column: number } | null) => void;
  readonly onStop: () => void;
  readonly onToggle: (line: number) => void;
}

function GridLineOf(props: GridLineProps) {
  const { at, line, columns, template, span, active, typing } = props;
  if (line.group !== null) {
    return <GroupLine {...props} group={line.group} />;
  }
  const [first, last] = ends(span);
  const [dragFirst, dragLast] = ends(props.drag);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out rows.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus.
    <div role="row" aria-rowindex={at + 2} className={css.line} style={template}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus. */}
      <span role="rowheader" aria-colindex={1} className={css.edge} style={{ left: 0 }}>
        {line.number}
      </span>
      {columns.map((column, n) => (
        <GridCellView
          key={column.key}
          id={`${props.id}-${at}-${n}`}
          line={at}
          place={n}
          column={column}
          {...shownOf(props.cellAt(at, n))}
          left={n < props.frozen ? (props.lefts[n] ?? 0) : null}
          isSelected={n >= first && n <= last}
          isDragged={n >= dragFirst && n <= dragLast}
          isActive={active === n}
          hasHandle={props.hasHandle && n === last}
        >
          {active === n && typing !== null && (
            <CellInput
              label={column.name}
              typing={typing}
              isNumber={column.isNumber}
              options={column.options}
              onTyping={props.onTyping}
              onTyped={props.onTyped}
              onStop={props.onStop}
            />
          )}
        </GridCellView>
      ))}
    </div>
  );
}

interface GridCellProps {
  readonly id: string;
  readonly line: number;
  readonly place: number;
  readonly column: GridColumn;
  readonly text: string;
  readonly look: GridCell["look"];
  readonly was: string | null;
  /** What is wrong, and whether it stands in the way. */
  readonly trouble: string | null;
  readonly isError: boolean;
  readonly isFound: boolean;
  /** Where it stays when the rest is scrolled; null when it is scrolled as well. */
  readonly left: number | null;
  readonly isSelected: boolean;
  readonly isDragged: boolean;
  readonly isActive: boolean;
  readonly hasHandle: boolean;
  /** The field, while it is typed into. */
  readonly children: ReactNode;
}

/** A cell as single texts and marks, by which it is seen whether it is the same as before. */
function shownOf({ text, look, was, problem, isFound }: GridCell) {
  return {
    text,
    look,
    was,
    trouble: problem?.message ?? null,
    isError: problem?.isError === true,
    isFound,
  };
}

function GridCellOf({ id, line, place, column, left, children, ...is }: GridCellProps) {
  const looks = [
    [css.number, column.isNumber],
    [css.frozen, left !== null],
    [css.changed, is.was !== null],
    [css.found, is.isFound],
    [css.wrong, is.isError],
    [css.doubtful, is.trouble !== null && !is.isError],
    [css.selected, is.isSelected],
    [css.dragged, is.isDragged],
    [css.active, is.isActive],
  ] as const;
  const worn = looks.flatMap(([look, isWorn]) => (isWorn ? [look] : []));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out rows.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus.
    <span
      id={id}
      role="gridcell"
      aria-colindex={place + 2}
      aria-selected={is.isSelected}
      aria-readonly={!column.isOpen}
      aria-invalid={is.isError ? true : undefined}
      data-line={line}
      data-column={place}
      className={[css.cell, css[is.look], ...worn].join(" ")}
      style={left === null ? undefined : { left }}
      title={titleOf(is)}
    >
      {children || <span className={css.text}>{is.text}</span>}
      {is.hasHandle && !children && <span data-handle className={css.handle} />}
    </span>
  );
}

const GridCellView = memo(GridCellOf);

/** A line is drawn again only when something in it changed. */
export const GridLine = memo(GridLineOf);

interface GroupLineProps extends GridLineProps {
  readonly group: { readonly name: string; readonly isOpen: boolean };
}

function GroupLine({ id, at, group, template, columns, span, onToggle }: GroupLineProps) {
  const Chevron = group.isOpen ? ChevronDown : ChevronRight;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out rows.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus.
    <div role="row" aria-rowindex={at + 2} className={css.group} style={{ width: template.width }}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus. */}
      <span
        id={`${id}-${at}-0`}
        role="gridcell"
        aria-colindex={1}
        aria-colspan={columns.length + 1}
        aria-expanded={group.isOpen}
        data-line={at}
        data-column={0}
        className={span === null ? css.heading : `${css.heading} ${css.selected}`}
        onDoubleClick={() => onToggle(at)}
      >
        <button type="button" tabIndex={-1} className={css.toggle} onClick={() => onToggle(at)}>
          <Chevron aria-hidden="true" />
          <span className="visually-hidden">{group.isOpen ? "Close" : "Open"} </span>
          {group.name}
        </button>
      </span>
    </div>
  );
}

function ends(span: string | null): readonly [number, number] {
  const [first = "1", last = "0"] = span?.split("-") ?? [];
  return [Number(first), Number(last)];
}

function titleOf({ text, was, trouble }: Pick<GridCellProps, "text" | "was" | "trouble">) {
  const before = was === null ? null : `was ${was === "" ? "empty" : was}`;
  const parts = [trouble, before].filter((part) => part !== null);
  const cut = text.length > 12 ? text : undefined;
  return parts.length > 0 ? parts.join("\n") : cut;
}
