/** What whoever looks may do about a request, and why not more. The books decide that, not the window. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  asFailure,
  commands,
  type Failure,
  type RequestInWhole,
  type RequestVerdict,
} from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import css from "./approvals.module.css";
import { titleOf } from "./requests";

const SAID: Readonly<Record<RequestVerdict, string>> = {
  approve: "Approved",
  reject: "Rejected",
  withdraw: "Withdrawn",
};

export function Decide({ shown }: { readonly shown: RequestInWhole }) {
  const client = useQueryClient();
  const [comment, setComment] = useState("");
  const { request, barred } = shown;
  const decide = useMutation<null, Failure, RequestVerdict>({
    mutationFn: (verdict) =>
      commands
        .decideRequest(request.request, verdict, request.content, comment.trim() || null)
        .catch((thrown) => {
          throw asFailure(thrown);
        }),
    onSuccess: (_, verdict) => {
      say(`${SAID[verdict]}: ${titleOf(request)}.`);
      setComment("");
    },
    // Also when it failed: somebody else may have been faster.
    onSettled: () =>
      client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "settings" }),
  });
  if (request.decided_at !== null) {
    return null;
  }
  const isOvertaken = request.standing === "stale" || request.standing === "lapsed";
  const mayRenew = isOvertaken && barred.renew === null;
  const mayAny = barred.approve === null || barred.reject === null || barred.withdraw === null;
  const publishes = request.operations.every(({ kind }) => kind === "apply_configuration");
  return (
    <section className={css.decide} aria-label="Decide">
      {barred.approve !== null && (
        <p role="status">
          {barred.approve}. You are {shown.viewer}.
        </p>
      )}
      {decide.error !== null && <FailureNotice failure={decide.error} />}
      {mayAny && (
        <Field
          label={
            barred.reject === null
              ? "A word with it; a rejection needs one"
              : "A word with it, if you like"
          }
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
      )}
      <div className={css.acts}>
        {barred.approve === null && (
          <Button
            look="primary"
            disabled={decide.isPending}
            onClick={() => decide.mutate("approve")}
          >
            {publishes ? "Approve and publish" : "Approve and do it"}
          </Button>
        )}
        {mayRenew && (
          <Button
            look="primary"
            onClick={() => navigate("approvals", { request: request.request, renew: "yes" })}
          >
            {request.standing === "stale" ? "Bring together and ask again" : "Ask again"}
          </Button>
        )}
        {barred.reject === null && (
          <Button disabled={decide.isPending} onClick={() => decide.mutate("reject")}>
            Reject
          </Button>
        )}
        {barred.withdraw === null && (
          <Button disabled={decide.isPending} onClick={() => decide.mutate("withdraw")}>
            Withdraw
          </Button>
        )}
      </div>
    </section>
  );
}
