/** An item that was overtaken, brought together with what was published since, and decided again. */
import { useMutation } from "@tanstack/react-query";
import { useChanged } from "../../changed";
import { asFailure, commands, type Failure, type MergeChoice } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Merge, type MergeWords } from "../../parts/merge/Merge";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import { hrefOfItem } from "./items";

const WORDS: MergeWords = {
  title: "Bring together and decide again",
  about: (revision, now) =>
    `It was decided on under configuration ${revision}, and ${now} is in force now. What only one of them \
changed stays changed. Where both changed the same, you decide. Nothing is published by this: what comes \
out waits in the outbox.`,
  ours: "What it changes",
  outcome: "What it will change",
  nothing: "Nothing of it is left",
  nothingTodo:
    "Everything that it changed stands as it was published since. Discard it, or take one of your own values.",
  plain: "It publishes nothing, and waits as it was, under the new configuration.",
};

export function RenewPage({ number }: { readonly number: string }) {
  const changed = useChanged();
  const renew = useMutation<null, Failure, MergeChoice[]>({
    mutationFn: (choices) =>
      commands.renewOutboxItem(number, choices, null).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: async () => {
      navigate("outbox", { item: number });
      await changed();
      say(`Number ${number} is decided again. It waits to be pushed.`);
    },
  });
  return (
    <Merge
      words={WORDS}
      of={["outbox", "merge", number]}
      ask={(choices) => commands.outboxMerge(number, choices)}
      acts={(choices, may) => (
        <>
          <a href={hrefOfItem(number)}>Back to number {number}</a>
          <Button
            look="primary"
            disabled={!may || renew.isPending}
            onClick={() => renew.mutate(choices)}
          >
            Decide again
          </Button>
        </>
      )}
    >
      {renew.error !== null && <FailureNotice failure={renew.error} />}
    </Merge>
  );
}
