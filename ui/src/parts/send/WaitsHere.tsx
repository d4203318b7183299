/** That something waits in the outbox: a hint where it would count, and never part of what is shown there. */
import { useQuery } from "@tanstack/react-query";
import type { OutboxItem } from "../../host";
import { hrefOf } from "../../router";
import css from "../NeedNote.module.css";
import { hintOf } from "./hint";
import { outboxQuestion, useCopy } from "./useCopy";

/** `of` is the customer of the page; all that waits is told where there is none. */
export function WaitsHere({ of }: { readonly of: string | null }) {
  const copy = useCopy();
  const outbox = useQuery({ ...outboxQuestion, enabled: copy !== null });
  const isAbout = ({ customers }: OutboxItem) => of === null || customers.includes(of);
  const items = copy === null ? [] : (outbox.data?.items ?? []).filter(isAbout);
  const [first] = items;
  if (first === undefined) {
    return null;
  }
  const only = items.length === 1 ? { item: first.number } : {};
  return (
    <p className={css.note} role="note">
      {hintOf(items)} in the outbox; nothing of it is in the figures here.{" "}
      <a href={hrefOf("outbox", only)}>Look at what waits</a>
    </p>
  );
}
