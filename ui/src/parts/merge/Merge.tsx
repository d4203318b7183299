/**
 * What was overtaken, with what was published since: each place that both changed is decided here, and what
 * comes out is shown before anything is done with it.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type MergeChoice, question, type RequestMerge } from "../../host";
import { Changes } from "../Changes";
import { Empty } from "../Empty";
import { FailureNotice } from "../FailureNotice";
import { Page } from "../Page";
import { Skeleton } from "../Skeleton";
import { MergePlaces } from "./MergePlaces";
import css from "./merge.module.css";

/** What is said of what is brought together. */
export interface MergeWords {
  readonly title: string;
  /** What it was looked at under, and what becomes of it. */
  readonly about: (revision: string, now: string) => string;
  /** Over what was decided here. */
  readonly ours: string;
  /** Over what comes out. */
  readonly outcome: string;
  /** Where nothing of it is left. */
  readonly nothing: string;
  readonly nothingTodo: string;
  /** Where it publishes nothing. */
  readonly plain: string;
}

interface MergeProps {
  readonly words: MergeWords;
  /** Says what is asked, as the key of a question does. */
  readonly of: readonly unknown[];
  readonly ask: (choices: MergeChoice[]) => Promise<RequestMerge>;
  /** What can be done with what comes out, and whether it may be now. */
  readonly acts: (choices: MergeChoice[], may: boolean) => ReactNode;
  /** What became of it. */
  readonly children?: ReactNode;
}

export function Merge({ words, of, ask, acts, children }: MergeProps) {
  const [choices, setChoices] = useState<readonly MergeChoice[]>([]);
  const merge = useQuery({
    ...question([...of, choices], () => ask([...choices])),
    placeholderData: keepPreviousData,
  });
  const choose = (choice: MergeChoice) =>
    setChoices((before) => [...before.filter(({ path }) => path !== choice.path), choice]);
  const shown = merge.data;
  const open = shown?.places.filter(({ is_open }) => is_open).length ?? 0;
  const may =
    shown?.merged != null &&
    shown.problems.length === 0 &&
    (shown.merged.length > 0 || isPlain(shown)) &&
    !merge.isPlaceholderData;
  return (
    <Page
      title={words.title}
      state={shown !== undefined && <span role="status">{openWords(open)}</span>}
      acts={acts([...choices], may)}
    >
      {merge.isError && <FailureNotice failure={merge.error} />}
      {children}
      {merge.isPending && <Skeleton label="Bringing both together" rows={10} />}
      {shown !== undefined && (
        <div className={css.page}>
          <p>{words.about(shown.revision, shown.now)}</p>
          {shown.places.length > 0 && (
            <MergePlaces places={shown.places} choices={choices} onChoose={choose} />
          )}
          <Outcome shown={shown} open={open} words={words} />
          <div className={css.sides}>
            <section aria-labelledby="merge-ours">
              <h2 id="merge-ours">{words.ours}</h2>
              <Changes title={words.ours} changes={shown.ours} count={shown.ours_count} />
            </section>
            <section aria-labelledby="merge-theirs">
              <h2 id="merge-theirs">What was published since</h2>
              <Changes
                title="What was published since"
                changes={shown.theirs}
                count={shown.theirs_count}
              />
            </section>
          </div>
        </div>
      )}
    </Page>
  );
}

/** Whether it publishes nothing: an act stays as it was. */
function isPlain({ ours_count, places }: RequestMerge): boolean {
  return ours_count === 0 && places.length === 0;
}

function openWords(open: number): string {
  if (open === 0) {
    return "nothing left to decide";
  }
  return open === 1 ? "1 place to decide" : `${open} places to decide`;
}

interface OutcomeProps {
  readonly shown: RequestMerge;
  readonly open: number;
  readonly words: MergeWords;
}

function Outcome({ shown, open, words }: OutcomeProps) {
  const { merged, problems } = shown;
  if (isPlain(shown)) {
    return <p>{words.plain}</p>;
  }
  return (
    <section aria-labelledby="merge-outcome">
      <h2 id="merge-outcome">{words.outcome}</h2>
      {problems.length > 0 && (
        <ul className={css.notice}>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      {merged === null && (
        <p className={css.muted}>
          It is shown here once {open === 1 ? "the place" : "every place"} above is decided.
        </p>
      )}
      {merged !== null && merged.length === 0 && (
        <Empty title={words.nothing}>{words.nothingTodo}</Empty>
      )}
      {merged !== null && merged.length > 0 && (
        <Changes title={words.outcome} changes={merged} count={merged.length} />
      )}
    </section>
  );
}
