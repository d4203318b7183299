/** The body of a screen: its title, what can be done, and its content. */
import type { ReactNode } from "react";
import css from "./Page.module.css";

interface PageProps {
  readonly title: string;
  /** Chips beside the title: the state of what is shown. */
  readonly state?: ReactNode;
  /** Buttons at the right. */
  readonly acts?: ReactNode;
  /** Filters, under the title. */
  readonly filters?: ReactNode;
  /** Whether the content scrolls by itself, as a long table does. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

export function Page({ title, state, acts, filters, fills = false, children }: PageProps) {
  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1 tabIndex={-1}>{title}</h1>
        <div className={css.state}>{state}</div>
        <div className={css.acts}>{acts}</div>
      </header>
      {filters !== undefined && <div className={css.filters}>{filters}</div>}
      <div className={fills ? css.filled : css.body}>{children}</div>
    </div>
  );
}
