/** What a push did, and why it ended before the last item. */
import type { Pushed } from "../../host";
import { sentence } from "../../parts/words";
import { hrefOfItem } from "./items";
import css from "./outbox.module.css";

export function PushOutcome({ pushed }: { readonly pushed: Pushed }) {
  const { ledger, stopped, was_cancelled, not_pulled, waiting } = pushed;
  const count = pushed.pushed.length;
  const entries = pushed.pushed.reduce((sum, one) => sum + one.entries.length, 0);
  return (
    <section className={css.outcome} data-stopped={stopped !== null} aria-label="What was pushed">
      <p role="status">
        {count === 0 ? "Nothing was done" : `${counted(count, "item is", "items are")} done`} at{" "}
        {ledger}
        {entries > 0 && `, with ${counted(entries, "entry", "entries")}`}.{" "}
        {waiting === "0"
          ? "Nothing waits."
          : `${waiting} still ${waiting === "1" ? "waits" : "wait"}.`}
      </p>
      {stopped !== null && (
        <p>
          Number {stopped.number} {stopped.is_kept_back ? "was kept back" : "is where it ended"}:{" "}
          {stopped.why}.{" "}
          {stopped.is_kept_back ? (
            <a href={hrefOfItem(stopped.number)}>Look at number {stopped.number}</a>
          ) : (
            "Push again: what is done already is found done."
          )}
        </p>
      )}
      {was_cancelled && <p>It was stopped between two items. What is done stays done.</p>}
      {not_pulled !== null && <p>The copy does not show it yet. {sentence(not_pulled)}</p>}
    </section>
  );
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
