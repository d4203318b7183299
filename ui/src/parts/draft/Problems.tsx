/** Everything that is wrong with a draft, over its form. */
import css from "./Draft.module.css";
import type { EditedDraft } from "./useDraft";

export function Problems({ draft }: { readonly draft: EditedDraft }) {
  return (
    <div role="status">
      {draft.problems.length > 0 && (
        <ul className={css.problems}>
          {draft.problems.map(({ place, message, is_error }) => (
            <li key={`${place} ${message}`} data-error={is_error}>
              {place !== "" && <code>{place}</code>} {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
