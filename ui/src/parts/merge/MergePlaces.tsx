/** The places that both changed: the three values of each, and which of them is taken. */
import { useId } from "react";
import type { MergeChoice, MergePlace, MergeSide } from "../../host";
import table from "../table.module.css";
import css from "./merge.module.css";

interface MergePlacesProps {
  readonly places: readonly MergePlace[];
  readonly choices: readonly MergeChoice[];
  readonly onChoose: (choice: MergeChoice) => void;
}

export function MergePlaces({ places, choices, onChoose }: MergePlacesProps) {
  return (
    <section aria-labelledby="merge-places">
      <h2 id="merge-places">Both changed</h2>
      <table className={`${table.table} ${css.places}`} aria-labelledby="merge-places">
        <thead>
          <tr>
            <th scope="col">Place</th>
            <th scope="col">It was</th>
            <th scope="col">Mine</th>
            <th scope="col">Theirs</th>
            <th scope="col">Another value</th>
          </tr>
        </thead>
        <tbody>
          {places.map((place) => (
            <Place
              key={place.path}
              place={place}
              chosen={choices.find(({ path }) => path === place.path)}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface PlaceProps {
  readonly place: MergePlace;
  readonly chosen: MergeChoice | undefined;
  readonly onChoose: (choice: MergeChoice) => void;
}

function Place({ place, chosen, onChoose }: PlaceProps) {
  const id = useId();
  const { path, what, base, ours, theirs, needs_another, is_open } = place;
  const take = (side: MergeSide, value: string | null) => onChoose({ path, side, value });
  const side = (of: "ours" | "theirs", value: string | null) =>
    needs_another ? (
      <span className={css.muted}>{plain(value)}</span>
    ) : (
      <label className={css.choice}>
        <input
          type="radio"
          name={id}
          checked={chosen?.side === of}
          onChange={() => take(of, null)}
        />
        {plain(value)}
      </label>
    );
  return (
    <tr data-open={is_open}>
      <th scope="row">
        {what}
        {needs_another && (
          <span className={css.muted}>
            : another version takes effect then, so it needs another value
          </span>
        )}
      </th>
      <td className={css.muted}>{plain(base)}</td>
      <td>{side("ours", ours)}</td>
      <td>{side("theirs", theirs)}</td>
      <td>
        <span className={css.choice}>
          {!needs_another && (
            <input
              type="radio"
              name={id}
              aria-label={`Another value of ${what}`}
              checked={chosen?.side === "another"}
              onChange={() => take("another", plain(ours))}
            />
          )}
          {(needs_another || chosen?.side === "another") && (
            <input
              type="text"
              aria-label={`The other value of ${what}`}
              autoComplete="off"
              spellCheck={false}
              defaultValue={chosen?.value ?? plain(ours)}
              onBlur={(event) => take("another", event.currentTarget.value.trim())}
              onKeyDown={(event) =>
                event.key === "Enter" && take("another", event.currentTarget.value.trim())
              }
            />
          )}
        </span>
      </td>
    </tr>
  );
}

/** A value as a person writes it: a text without its quotes; nothing where it is absent. */
function plain(value: string | null): string {
  return value === null ? "not there" : value.replace(/^"(.*)"$/s, "$1");
}
