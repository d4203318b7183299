/** What is typed would have done to last month's real usage, followed while it is typed. */
import { useEffect, useRef } from "react";
import { commands, type Effect, type EffectLine, type Sheet, type SheetPlace } from "../../../host";
import { FailureNotice } from "../../../parts/FailureNotice";
import { Amount, Count, Day } from "../../../parts/Figure";
import { TaskProgress } from "../../../parts/TaskProgress";
import { useTask } from "../../../parts/useTask";
import { useLocale } from "../../../settings";
import type { Line } from "../model/columns";
import { percentText } from "../SheetGrid";
import { typedSheet } from "../typedSheet";
import type { PanelProps } from "./Panels";
import css from "./panels.module.css";

/** A pause in typing after which last month is replayed. */
const PAUSE_MS = 700;

const MOVEMENTS: Readonly<Record<string, string>> = {
  issued: "issued",
  burned: "burned",
  expired: "expired",
  left: "left at the end",
};

export function EffectPanel({ place, open, sheet }: PanelProps) {
  const { lines, effectiveAt, checked } = open;
  const task = useTask<Effect | null>(undefined, "Effect on last month");
  const isChecked = checked !== null && checked.lines === lines;
  const hasErrors = isChecked && checked.problems.some((problem) => problem.is_error);
  useFollowed({ sheet, place, lines, effectiveAt, isReady: isChecked && !hasErrors, task });
  const effect = task.result;
  return (
    <div className={css.paste} aria-live="polite">
      {hasErrors && <p>The effect is shown as soon as nothing is wrong with the rates.</p>}
      {task.isRunning && (
        <TaskProgress task={task} label="Replaying last month" things="operations" />
      )}
      {task.failure !== null && <FailureNotice failure={task.failure} />}
      {task.wasStopped && (
        <p className={css.acts}>
          <span>Stopped. It is replayed again when something is typed.</span>
        </p>
      )}
      {effect === null && <p>There is no usage yet, so there is nothing to replay.</p>}
      {effect != null && !hasErrors && <EffectFound effect={effect} isStale={task.isRunning} />}
      {!task.isRunning && sheet.draft === null && effect != null && effect.lines.length === 0 && (
        <p>A version that is in force changes nothing.</p>
      )}
    </div>
  );
}

interface Followed {
  readonly sheet: Sheet;
  readonly place: SheetPlace;
  readonly lines: readonly Line[];
  readonly effectiveAt: string;
  readonly isReady: boolean;
  readonly task: ReturnType<typeof useTask<Effect | null>>;
}

/** Replays after each pause in typing. What runs is stopped first: nobody waits for what is outdated. */
function useFollowed({ sheet, place, lines, effectiveAt, isReady, task }: Followed): void {
  const latest = useRef(task);
  latest.current = task;
  const { isRunning } = task;
  const done = useRef<readonly [readonly Line[], string] | null>(null);
  useEffect(() => {
    const isDone = done.current?.[0] === lines && done.current[1] === effectiveAt;
    if (!isReady || isDone) {
      return;
    }
    if (isRunning) {
      latest.current.stop();
      return;
    }
    const timer = setTimeout(() => {
      done.current = [lines, effectiveAt];
      const typed = typedSheet({ sheet, place, effectiveAt, lines });
      latest.current.start((id, progress) => commands.cardEffect(typed, id, progress));
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [sheet, place, lines, effectiveAt, isReady, isRunning]);
  // Who looks away does not wait for it either.
  useEffect(
    () => () => {
      if (latest.current.isRunning) {
        latest.current.stop();
      }
    },
    [],
  );
}

/** An effect that was found, as tables. */
export function EffectFound({
  effect,
  isStale,
}: {
  readonly effect: Effect;
  readonly isStale: boolean;
}) {
  const isMoved = effect.refused[0] !== effect.refused[1];
  return (
    <div className={isStale ? css.stale : undefined}>
      <p>
        On usage of <Day day={effect.from} /> to <Day day={effect.through} />:{" "}
        <Count value={effect.events} /> events priced.{" "}
        {effect.exact
          ? "Without the changes, the replay is the ledger exactly."
          : "Without the changes, the replay is not the ledger: verify it before you trust this."}
      </p>
      {isMoved && (
        <p>
          <Count value={effect.refused[1]} /> events would be refused, where{" "}
          <Count value={effect.refused[0]} /> were.
        </p>
      )}
      {effect.lines.length === 0 ? <p>Nothing would have changed.</p> : <Lines effect={effect} />}
      <div className={css.sides}>
        {effect.customers.length > 0 && <Customers effect={effect} />}
        {effect.dry.length > 0 && <Dry effect={effect} />}
      </div>
    </div>
  );
}

function whatOf(line: EffectLine): string {
  return line.movement === null
    ? line.what
    : `${line.what}, ${MOVEMENTS[line.movement] ?? line.movement}`;
}

function Lines({ effect }: { readonly effect: Effect }) {
  const locale = useLocale();
  return (
    <table className={css.table}>
      <caption className="visually-hidden">Figures that change</caption>
      <thead>
        <tr>
          <th scope="col">What changes</th>
          <th scope="col" className={css.number}>
            As posted
          </th>
          <th scope="col" className={css.number}>
            With the changes
          </th>
          <th scope="col" className={css.number}>
            Difference
          </th>
          <th scope="col" className={css.number}>
            In %
          </th>
          <th scope="col">Unit</th>
        </tr>
      </thead>
      <tbody>
        {effect.lines.map((line) => (
          <tr key={`${line.section} ${line.what} ${line.movement} ${line.unit}`}>
            <td>{whatOf(line)}</td>
            <td className={css.number}>
              <Amount value={line.before} />
            </td>
            <td className={css.number}>
              <Amount value={line.after} />
            </td>
            <td className={css.number}>
              <Amount value={line.difference.replace(/^\+/, "")} signed />
            </td>
            <td className={css.number}>
              {line.percent === null ? "" : percentText(line.percent, locale)}
            </td>
            <td>{line.unit}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Customers({ effect }: { readonly effect: Effect }) {
  const locale = useLocale();
  return (
    <table className={css.table}>
      <caption className={css.caption}>Whose revenue changes most</caption>
      <tbody>
        {effect.customers.map((one) => (
          <tr key={`${one.customer} ${one.currency}`}>
            <th scope="row">{one.customer}</th>
            <td className={css.number}>
              <Amount value={one.difference.replace(/^\+/, "")} signed />
            </td>
            <td>{one.currency}</td>
            <td className={css.number}>
              {one.percent === null ? "" : percentText(one.percent, locale)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const DRY_MAX = 6;

function Dry({ effect }: { readonly effect: Effect }) {
  return (
    <table className={css.table}>
      <caption className={css.caption}>
        {effect.dry.length} {effect.dry.length === 1 ? "customer runs" : "customers run"} dry
        earlier
      </caption>
      <tbody>
        {effect.dry.slice(0, DRY_MAX).map((one) => (
          <tr key={one.customer}>
            <th scope="row">{one.customer}</th>
            <td>
              <Day day={one.after} />, {one.before === null ? "not at all before" : "before "}
              {one.before !== null && <Day day={one.before} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
