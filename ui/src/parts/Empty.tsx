/** A place with nothing in it yet: what it is, and the one thing to do. */
import type { ReactNode } from "react";
import css from "./Empty.module.css";

interface EmptyProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly act?: ReactNode;
}

export function Empty({ title, children, act }: EmptyProps) {
  return (
    <section className={css.empty}>
      <h2>{title}</h2>
      <p>{children}</p>
      {act}
    </section>
  );
}
