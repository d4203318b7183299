/** What is wrong with a sheet and what it changes, asked while it is typed. */
import { useEffect, useRef, useState } from "react";
import {
  asFailure,
  commands,
  type Failure,
  type Sheet,
  type SheetChange,
  type SheetCheck,
  type SheetMargin,
  type SheetPlace,
  type SheetProblem,
} from "../../host";
import type { Line } from "./model/columns";
import { typedSheet } from "./typedSheet";

/** A problem, at the line it is about. */
export interface LineProblem extends SheetProblem {
  /** Id of the line; null for what concerns the whole version. */
  readonly id: number | null;
  /** The column of the grid that shows it. */
  readonly shownIn: string;
}

export interface Checked {
  readonly check: SheetCheck;
  readonly problems: readonly LineProblem[];
  /** By line and column, the worst. */
  readonly problemAt: ReadonlyMap<string, LineProblem>;
  readonly changeOf: ReadonlyMap<number, SheetChange>;
  readonly marginOf: ReadonlyMap<number, SheetMargin>;
  /** What is said of rows whose price is below cost. */
  readonly belowCostOf: ReadonlyMap<number, string>;
  /** What was checked. */
  readonly lines: readonly Line[];
}

/** A pause in typing after which it is checked. */
const PAUSE_MS = 150;

/** The columns that have a place in the grid of their own. */
function shownIn(column: string | null): string {
  if (column === null || column === "") {
    return "code";
  }
  return column.startsWith("tiers") ? "tiers" : column;
}

export function problemKey(id: number, column: string): string {
  return `${id} ${column}`;
}

function checkedOf(check: SheetCheck, lines: readonly Line[]): Checked {
  const idOf = (row: number | null) => (row === null ? null : (lines[row]?.id ?? null));
  const problems = check.problems.map((problem) => ({
    ...problem,
    id: idOf(problem.row),
    shownIn: shownIn(problem.column),
  }));
  const problemAt = new Map<string, LineProblem>();
  for (const problem of problems) {
    if (problem.id !== null) {
      const key = problemKey(problem.id, problem.shownIn);
      if (problem.is_error || !problemAt.has(key)) {
        problemAt.set(key, problem);
      }
    }
  }
  const changeOf = new Map(
    check.changes.flatMap((change) => {
      const id = idOf(change.row);
      return id === null ? [] : [[id, change] as const];
    }),
  );
  const marginOf = new Map(
    check.margins.flatMap((margin) => {
      const id = idOf(margin.row);
      return id === null ? [] : [[id, margin] as const];
    }),
  );
  const belowCostOf = new Map(
    problems.flatMap(({ id, code, message }) =>
      id !== null && code === "price_below_cost" ? [[id, message] as const] : [],
    ),
  );
  return { check, problems, problemAt, changeOf, marginOf, belowCostOf, lines };
}

interface Asked {
  readonly sheet: Sheet;
  readonly place: SheetPlace;
  readonly effectiveAt: string;
  readonly lines: readonly Line[];
}

export function useChecked({ sheet, place, effectiveAt, lines }: Asked): {
  readonly checked: Checked | null;
  readonly failure: Failure | null;
} {
  const [checked, setChecked] = useState<Checked | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const asked = useRef(0);
  useEffect(() => {
    asked.current += 1;
    const turn = asked.current;
    const ask = async () => {
      const typed = typedSheet({ sheet, place, effectiveAt, lines });
      try {
        const check = await commands.checkCardSheet(typed);
        if (turn === asked.current) {
          setChecked(checkedOf(check, lines));
          setFailure(null);
        }
      } catch (thrown) {
        if (turn === asked.current) {
          setFailure(asFailure(thrown));
        }
      }
    };
    const timer = setTimeout(ask, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [sheet, place, effectiveAt, lines]);
  return { checked, failure };
}
