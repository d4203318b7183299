/**
 * A request that was overtaken, with what was published since: each place that both changed is decided
 * here, and what comes out is asked for again.
 */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  asFailure,
  commands,
  type Failure,
  type MergeChoice,
  question,
  type RequestMerge,
} from "../../host";
import { Button } from "../../parts/Button";
import { Changes } from "../../parts/Changes";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import css from "./approvals.module.css";
import { MergePlaces } from "./MergePlaces";
import { hrefOfRequest } from "./requests";

export function MergePage({ request }: { readonly request: string }) {
  const client = useQueryClient();
  const [choices, setChoices] = useState<readonly MergeChoice[]>([]);
  const merge = useQuery({
    ...question(["approvals", "merge", request, choices], () =>
      commands.requestMerge(request, [...choices]),
    ),
    placeholderData: keepPreviousData,
  });
  const renew = useMutation<string, Failure>({
    mutationFn: () =>
      commands.renewRequest(request, [...choices]).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: (next) => {
      say("Asked for again. The old request is withdrawn.");
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "settings" });
      navigate("approvals", { request: next });
    },
  });
  const choose = (choice: MergeChoice) =>
    setChoices((before) => [...before.filter(({ path }) => path !== choice.path), choice]);
  const shown = merge.data;
  const open = shown?.places.filter(({ is_open }) => is_open).length ?? 0;
  const mayAsk =
    shown?.merged != null &&
    shown.problems.length === 0 &&
    (shown.merged.length > 0 || isPlain(shown));
  return (
    <Page
      title="Bring together and ask again"
      state={shown !== undefined && <span role="status">{openWords(open)}</span>}
      acts={
        <>
          <a href={hrefOfRequest(request)}>Back to the request</a>
          <Button
            look="primary"
            disabled={!mayAsk || merge.isPlaceholderData || renew.isPending}
            onClick={() => renew.mutate()}
          >
            Ask again
          </Button>
        </>
      }
    >
      {merge.isError && <FailureNotice failure={merge.error} />}
      {renew.error !== null && <FailureNotice failure={renew.error} />}
      {merge.isPending && <Skeleton label="Bringing both together" rows={10} />}
      {shown !== undefined && (
        <div className={css.page}>
          <p>
            The request was looked at under configuration {shown.revision}, and {shown.now} is in
            force. What only one of them changed stays changed. Where both changed the same, you
            decide. Nothing is published by this: what comes out is asked for again.
          </p>
          {shown.places.length > 0 && (
            <MergePlaces places={shown.places} choices={choices} onChoose={choose} />
          )}
          <Outcome shown={shown} open={open} />
          <div className={css.sides}>
            <section aria-labelledby="merge-ours">
              <h2 id="merge-ours">What you asked for</h2>
              <Changes title="What you asked for" changes={shown.ours} count={shown.ours_count} />
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

/** Whether it publishes nothing: an act is asked for again as it was. */
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
}

function Outcome({ shown, open }: OutcomeProps) {
  const { merged, problems } = shown;
  if (isPlain(shown)) {
    return (
      <p>It publishes nothing. It is asked for again as it was, under the new configuration.</p>
    );
  }
  return (
    <section aria-labelledby="merge-outcome">
      <h2 id="merge-outcome">What will be asked for</h2>
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
        <Empty title="Nothing of the request is left">
          Everything that it changed stands as it was published since. Withdraw the request, or take
          one of your own values.
        </Empty>
      )}
      {merged !== null && merged.length > 0 && (
        <Changes title="What will be asked for" changes={merged} count={merged.length} />
      )}
    </section>
  );
}
