/** What an item would cause now, beside what was shown where that is another. */
import type { OutboxItemInWhole } from "../../host";
import { EntriesToCome } from "../../parts/EntriesToCome";
import css from "./outbox.module.css";

export function ItemEntries({ shown: item }: { readonly shown: OutboxItemInWhole }) {
  const { as_shown, refused, entries, shown } = item;
  if (as_shown && refused === null) {
    return <EntriesToCome entries={entries} of={null} />;
  }
  return (
    <div className={css.sides}>
      <div>
        <EntriesToCome entries={shown} of={null} title="What was shown when it was decided" />
      </div>
      {refused === null && (
        <div>
          <EntriesToCome entries={entries} of={null} title="What it would cause now" />
        </div>
      )}
    </div>
  );
}
