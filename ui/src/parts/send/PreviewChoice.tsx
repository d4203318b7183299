/** The choice of a kept preview for who approves a draft, or how one comes to be there. */
import { useId } from "react";
import { formatDay } from "../../format/instant";
import type { AttachablePreview } from "../../host";
import { hrefOf } from "../../router";
import { useLocale } from "../../settings";
import { FailureNotice } from "../FailureNotice";
import { Field } from "../Field";
import { Count, Day } from "../Figure";
import css from "./send.module.css";
import type { PreviewToGo } from "./usePreviewChoice";

export function PreviewChoice({ choice }: { readonly choice: PreviewToGo }) {
  const id = useId();
  const locale = useLocale();
  const { previews, failure, chosen, choose } = choice;
  if (failure !== null) {
    return <FailureNotice failure={failure} />;
  }
  if (previews === undefined) {
    return null;
  }
  if (previews.length === 0) {
    return (
      <p className={css.muted}>
        No kept preview tests this draft as it stands.{" "}
        <a href={hrefOf("preview", {})}>Preview it</a> in a scenario of its own and keep the result:
        it can go with the request then.
      </p>
    );
  }
  const found = previews.find(({ name }) => name === chosen);
  return (
    <div className={css.choice}>
      <Field.Label htmlFor={id} label="Preview that goes with it, for who approves it">
        <select
          id={id}
          value={chosen ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">none</option>
          {previews.map(({ name, from, through }) => (
            <option key={name} value={name}>
              {name}: {formatDay(from, locale)} through {formatDay(through, locale)}
            </option>
          ))}
        </select>
      </Field.Label>
      {found !== undefined && <About preview={found} />}
    </div>
  );
}

function About({ preview }: { readonly preview: AttachablePreview }) {
  const { made_at, made_by, customers, exact, entries_since, note } = preview;
  return (
    <p className={css.muted}>
      {note !== "" && `${note}. `}
      Run <Day day={made_at.slice(0, 10)} /> by {made_by}, for{" "}
      {customers === "0" ? (
        "all customers"
      ) : (
        <>
          <Count value={customers} /> {customers === "1" ? "customer" : "customers"}
        </>
      )}
      ; the baseline {exact ? "reproduced" : "did not reproduce"} the ledger.
      {entries_since !== "0" && (
        <>
          {" "}
          <Count value={entries_since} /> {entries_since === "1" ? "entry was" : "entries were"}{" "}
          recorded since.
        </>
      )}
    </p>
  );
}
