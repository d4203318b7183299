/** What whoever looks may do about a request, and why not more. The books decide that, not the window. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChanged } from "../../changed";
import {
  asFailure,
  commands,
  type Failure,
  type ItemSort,
  type OutboxItem,
  type RequestInWhole,
  type RequestLine,
  type RequestVerdict,
} from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { SendButton } from "../../parts/send/SendButton";
import { Sending } from "../../parts/send/Sending";
import { type Copy, outboxQuestion, useCopy } from "../../parts/send/useCopy";
import { type Send, useSend } from "../../parts/send/useSend";
import { say } from "../../parts/Toasts";
import { Decision } from "../../parts/WholePage";
import { hrefOf, navigate } from "../../router";
import { titleOf } from "./requests";

const SAID: Readonly<Record<RequestVerdict, string>> = {
  approve: "Approved",
  reject: "Rejected",
  withdraw: "Withdrawn",
};

/** What is sent, on a copy. */
const THE: Readonly<Record<RequestVerdict, string>> = {
  approve: "the approval",
  reject: "the rejection",
  withdraw: "the withdrawal",
};

/** What waits in the outbox already. */
const DECIDED: Readonly<Record<ItemSort, string>> = {
  act: "An act of this request",
  request: "Asking for it again",
  approval: "The approval",
  rejection: "The rejection",
  withdrawal: "The withdrawal",
};

export function Decide({ shown }: { readonly shown: RequestInWhole }) {
  const changed = useChanged();
  const [comment, setComment] = useState("");
  const { request, barred } = shown;
  const decide = useMutation<string[], Failure, RequestVerdict>({
    mutationFn: (verdict) =>
      commands
        .decideRequest(request.request, verdict, request.content, comment.trim() || null)
        .catch((thrown) => {
          throw asFailure(thrown);
        }),
    onSuccess: (left, verdict) => {
      say(`${SAID[verdict]}: ${titleOf(request)}.`, left.join(" ") || undefined);
      setComment("");
    },
    // Also when it failed: somebody else may have been faster.
    onSettled: () => changed(),
  });
  const copy = useCopy();
  const outbox = useQuery({ ...outboxQuestion, enabled: copy !== null });
  const send = useSend(() => setComment(""));
  if (request.decided_at !== null) {
    return null;
  }
  const waiting = outbox.data?.items.find((item) => item.decides === request.request);
  if (waiting !== undefined && !send.isBusy) {
    return <DecisionWaits item={waiting} />;
  }
  const mayRenew = isOvertaken(request) && barred.renew === null;
  const mayAny = barred.approve === null || barred.reject === null || barred.withdraw === null;
  const publishes = request.operations.every(({ kind }) => kind === "apply_configuration");
  const act = (verdict: RequestVerdict, words: string) => (
    <VerdictButton
      shown={shown}
      verdict={verdict}
      words={words}
      comment={comment.trim() || null}
      isBusy={decide.isPending}
      onDecide={() => decide.mutate(verdict)}
      copy={copy}
      send={send}
    />
  );
  return (
    <Decision
      label="Decide"
      acts={
        <>
          {barred.approve === null &&
            act("approve", publishes ? "Approve and publish" : "Approve and do it")}
          {mayRenew && (
            <Button
              look="primary"
              onClick={() => navigate("approvals", { request: request.request, renew: "yes" })}
            >
              {request.standing === "stale" ? "Bring together and ask again" : "Ask again"}
            </Button>
          )}
          {barred.reject === null && act("reject", "Reject")}
          {barred.withdraw === null && act("withdraw", "Withdraw")}
        </>
      }
    >
      {barred.approve !== null && (
        <p role="status">
          {barred.approve}. You are {shown.viewer}.
        </p>
      )}
      {decide.error !== null && <FailureNotice failure={decide.error} />}
      {mayAny && (
        <Comment
          isNeeded={barred.reject === null}
          value={comment}
          onChange={(text) => setComment(text)}
        />
      )}
      {mayAny && <Sending copy={copy} send={send} what="What you decide" />}
    </Decision>
  );
}

interface CommentProps {
  readonly isNeeded: boolean;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

function Comment({ isNeeded, value, onChange }: CommentProps) {
  return (
    <Field
      label={isNeeded ? "A word with it; a rejection needs one" : "A word with it, if you like"}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function isOvertaken({ standing }: RequestLine): boolean {
  return standing === "stale" || standing === "lapsed";
}

function DecisionWaits({ item }: { readonly item: OutboxItem }) {
  return (
    <Decision label="Decide">
      <p role="status">
        {DECIDED[item.sort]} waits in the outbox, and counts once it is at production.{" "}
        <a href={hrefOf("outbox", { item: item.number })}>Look at number {item.number}</a>
      </p>
    </Decision>
  );
}

interface VerdictButtonProps {
  readonly shown: RequestInWhole;
  readonly verdict: RequestVerdict;
  readonly words: string;
  readonly comment: string | null;
  readonly isBusy: boolean;
  readonly onDecide: () => void;
  readonly copy: Copy | null;
  readonly send: Send;
}

/** Decides here, or at production. */
function VerdictButton(props: VerdictButtonProps) {
  const { shown, verdict, words, comment, isBusy, onDecide, copy, send } = props;
  const { request, content } = shown.request;
  const look = verdict === "approve" ? "primary" : "plain";
  if (copy === null) {
    return (
      <Button look={look} disabled={isBusy} onClick={onDecide}>
        {words}
      </Button>
    );
  }
  const done = `${SAID[verdict].toLowerCase()}: ${titleOf(shown.request)}`;
  return (
    <SendButton
      copy={copy}
      send={send}
      what={THE[verdict]}
      look={look}
      onSend={() => send.start({ what: "verdict", request, verdict, content, comment }, done)}
    />
  );
}
