/** How far a version has come. */
import type { CardState } from "../../host";
import css from "./cards.module.css";
import { STATE_WORDS } from "./places";

export function StateChip({ state }: { readonly state: CardState }) {
  return (
    <span className={css.chip} data-state={state}>
      {STATE_WORDS[state]}
    </span>
  );
}
