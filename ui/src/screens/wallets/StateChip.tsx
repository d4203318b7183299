/** How far a version has come. */
import type { WalletVersionState } from "../../host";
import css from "./WalletsScreen.module.css";

export function StateChip({ state }: { readonly state: WalletVersionState }) {
  return (
    <span className={css.chip} data-state={state}>
      {state}
    </span>
  );
}
