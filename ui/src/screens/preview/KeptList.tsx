/** The previews that are kept with the workspace, the latest first. */
import { useQuery } from "@tanstack/react-query";
import { commands, type KeptPreview, question } from "../../host";
import { FailureNotice } from "../../parts/FailureNotice";
import { Day } from "../../parts/Figure";
import { hrefOf } from "../../router";
import css from "./KeptList.module.css";

export function KeptList({ open }: { readonly open?: string }) {
  const kept = useQuery({
    ...question(["preview", "list"], () => commands.keptPreviews()),
    staleTime: 0,
  });
  if (kept.isError) {
    return <FailureNotice failure={kept.error} />;
  }
  if (kept.data === undefined || kept.data.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="preview-kept">
      <h2 id="preview-kept">Kept previews</h2>
      <ul className={css.list}>
        {kept.data.map((one) => (
          <li key={one.name} data-open={one.name === open}>
            <Line kept={one} isOpen={one.name === open} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Line({ kept, isOpen }: { readonly kept: KeptPreview; readonly isOpen: boolean }) {
  const { name, note, head, unreadable } = kept;
  if (head === null) {
    return (
      <>
        <p>{name}</p>
        <p className={css.wrong}>{unreadable}</p>
      </>
    );
  }
  const drafts = head.made_of.map(
    ({ scenario, sources }) => `${scenario}: ${sources.map((source) => source.name).join(", ")}`,
  );
  return (
    <>
      <a
        href={hrefOf("preview", { kept: name })}
        title={name}
        aria-current={isOpen ? "page" : undefined}
      >
        {name}
      </a>
      {note !== "" && <p title={note}>{note}</p>}
      <p>{drafts.join("; ")}</p>
      <p>
        <Day day={head.from} /> through <Day day={head.through} />
      </p>
      <p>
        run <Day day={head.made_at.slice(0, 10)} /> by {head.made_by}
        {!head.exact && ", baseline not exact"}
      </p>
    </>
  );
}
