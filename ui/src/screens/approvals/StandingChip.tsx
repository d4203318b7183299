/** What became of a request. */
import type { RequestStanding } from "../../host";
import css from "./approvals.module.css";
import { STANDINGS } from "./requests";

export function StandingChip({ standing }: { readonly standing: RequestStanding }) {
  return (
    <span className={css.chip} data-standing={standing}>
      {STANDINGS[standing]}
    </span>
  );
}
