/** The page of one thing that somebody decides about: what it is, what can be done, what it would cause. */
import type { ReactNode } from "react";
import type { AskedOperation, Failure } from "../host";
import { FailureNotice } from "./FailureNotice";
import { Page } from "./Page";
import { Skeleton } from "./Skeleton";
import css from "./WholePage.module.css";
import { words } from "./words";

interface WholePageProps<T> {
  /** The thing as it was asked for. */
  readonly found: {
    readonly data: T | undefined;
    readonly error: Failure | null;
    readonly isPending: boolean;
  };
  /** What stands above until it is read. */
  readonly until: string;
  /** What it is called: `item`. */
  readonly name: string;
  readonly title: (shown: T) => string;
  readonly state: (shown: T) => ReactNode;
  /** The way to the others. */
  readonly back: ReactNode;
  /** What its text is: `What is asked for`. */
  readonly written: string;
  readonly children: (shown: T) => ReactNode;
}

export function WholePage<T extends { readonly texts: readonly string[] }>(
  props: WholePageProps<T>,
) {
  const { found, until, name, title, state, back, written, children } = props;
  const shown = found.data;
  return (
    <Page
      title={shown === undefined ? until : title(shown)}
      state={shown !== undefined && state(shown)}
      acts={back}
    >
      {found.error !== null && <FailureNotice failure={found.error} />}
      {found.isPending && <Skeleton label={`Reading the ${name}`} rows={10} />}
      {shown !== undefined && found.error === null && (
        <div className={css.page}>
          {children(shown)}
          <details>
            <summary>{written}, as it is written</summary>
            {shown.texts.map((text) => (
              <pre key={text} className={css.text}>
                {text}
              </pre>
            ))}
          </details>
        </div>
      )}
    </Page>
  );
}

/** What is known of it: terms and what they are. */
export function WholeFacts({ children }: { readonly children: ReactNode }) {
  return <dl className={css.facts}>{children}</dl>;
}

interface OperationsFactProps {
  readonly term: string;
  readonly operations: readonly AskedOperation[];
}

/** What its operations say beyond the title; nothing where they say no more. */
export function OperationsFact({ term, operations }: OperationsFactProps) {
  if (operations.every(({ says }) => says === "")) {
    return null;
  }
  return (
    <>
      <dt>{term}</dt>
      <dd>
        {operations.map(({ operation, kind, says }) => (
          <div key={operation}>
            {words(kind)}
            {says !== "" && `: ${says}`}
          </div>
        ))}
      </dd>
    </>
  );
}

interface DecisionProps {
  readonly label: string;
  /** What is to be read before. */
  readonly children: ReactNode;
  /** What can be done. */
  readonly acts?: ReactNode;
}

/** Where it is decided about. */
export function Decision({ label, children, acts }: DecisionProps) {
  return (
    <section className={css.decide} aria-label={label}>
      {children}
      {acts !== undefined && <div className={css.acts}>{acts}</div>}
    </section>
  );
}
