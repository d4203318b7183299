/** A request that was overtaken, brought together with what was published since, and asked for again. */
import { useMutation } from "@tanstack/react-query";
import { useChanged } from "../../changed";
import { asFailure, commands, type Failure, type MergeChoice } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Merge, type MergeWords } from "../../parts/merge/Merge";
import { SendButton } from "../../parts/send/SendButton";
import { SendOutcome } from "../../parts/send/SendOutcome";
import { showRequest } from "../../parts/send/showRequest";
import { useCopy } from "../../parts/send/useCopy";
import { useSend } from "../../parts/send/useSend";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import { hrefOfRequest } from "./requests";

const WORDS: MergeWords = {
  title: "Bring together and ask again",
  about: (revision, now) =>
    `The request was looked at under configuration ${revision}, and ${now} is in force. What only one of \
them changed stays changed. Where both changed the same, you decide. Nothing is published by this: what \
comes out is asked for again.`,
  ours: "What you asked for",
  outcome: "What will be asked for",
  nothing: "Nothing of the request is left",
  nothingTodo:
    "Everything that it changed stands as it was published since. Withdraw the request, or take one of your own values.",
  plain: "It publishes nothing. It is asked for again as it was, under the new configuration.",
};

export function MergePage({ request }: { readonly request: string }) {
  const changed = useChanged();
  const copy = useCopy();
  const send = useSend((item, isDone) => {
    if (!showRequest(item, isDone)) {
      navigate("approvals");
    }
  });
  const renew = useMutation<string, Failure, MergeChoice[]>({
    mutationFn: (choices) =>
      commands.renewRequest(request, choices).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: (next) => {
      say("Asked for again. The old request is withdrawn.");
      void changed();
      navigate("approvals", { request: next });
    },
  });
  return (
    <Merge
      words={WORDS}
      of={["approvals", "merge", request]}
      ask={(choices) => commands.requestMerge(request, choices)}
      acts={(choices, may) => (
        <>
          <a href={hrefOfRequest(request)}>Back to the request</a>
          {copy === null ? (
            <Button
              look="primary"
              disabled={!may || renew.isPending}
              onClick={() => renew.mutate(choices)}
            >
              Ask again
            </Button>
          ) : (
            <SendButton
              copy={copy}
              send={send}
              disabled={!may}
              onSend={() => send.start({ what: "renewal", request, choices }, "asked for again")}
            />
          )}
        </>
      )}
    >
      {renew.error !== null && <FailureNotice failure={renew.error} />}
      <SendOutcome send={send} />
    </Merge>
  );
}
