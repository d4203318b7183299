/** What is selected, why, and where it came from. */
import { X } from "lucide-react";
import { useEffect } from "react";
import { useInspector } from "../inspector";
import { useRoute } from "../router";
import css from "./Inspector.module.css";

export function Inspector() {
  const { inspected, inspect } = useInspector();
  const { screen } = useRoute();
  useEffect(() => inspect(null), [screen, inspect]);
  if (inspected === null) {
    return null;
  }
  return (
    <aside className={css.inspector} aria-label="Inspector">
      <header>
        <h2>{inspected.title}</h2>
        <button type="button" aria-label="Close the inspector" onClick={() => inspect(null)}>
          <X aria-hidden="true" />
        </button>
      </header>
      <div className={css.content}>{inspected.content}</div>
    </aside>
  );
}
