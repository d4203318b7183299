/** Closing a month: what should be so before, the reason where it is not, and what was closed. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Lock } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useChanged } from "../../changed";
import { monthLabel } from "../../format/instant";
import { asFailure, commands, type MonthCheck, type MonthReadiness, question } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Count, Day, Moment } from "../../parts/Figure";
import { isApprovable, NeedNote } from "../../parts/NeedNote";
import { Skeleton } from "../../parts/Skeleton";
import { SendButton } from "../../parts/send/SendButton";
import { Sending } from "../../parts/send/Sending";
import { showRequest } from "../../parts/send/showRequest";
import { type Copy, useCopy } from "../../parts/send/useCopy";
import { type Send, useSend } from "../../parts/send/useSend";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import { useLocale } from "../../settings";
import css from "./ClosePanel.module.css";

interface ClosePanelProps {
  readonly month: string;
  readonly zone: string;
}

export function ClosePanel({ month, zone }: ClosePanelProps) {
  const locale = useLocale();
  const [isOpen, setOpen] = useState(false);
  const named = monthLabel(month, locale);
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger render={<Button />}>
        <Lock aria-hidden="true" />
        Close {named}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={`${dialog.popup} ${css.popup}`}>
          <Dialog.Title className={dialog.title}>Close {named}</Dialog.Title>
          {isOpen && (
            <Closing month={month} named={named} zone={zone} onSent={() => setOpen(false)} />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ClosingProps extends ClosePanelProps {
  readonly named: string;
  readonly onSent: () => void;
}

function Closing({ month, named, zone, onSent }: ClosingProps) {
  const changed = useChanged();
  const [reason, setReason] = useState("");
  const ready = useQuery({
    ...question(["month", "readiness", month], () => commands.monthReadiness(month)),
    staleTime: 0,
  });
  const close = useMutation({
    mutationFn: () => commands.closeMonth(month, reason.trim() === "" ? null : reason.trim()),
    onSuccess: ({ checkpoint }) => {
      say(`${named} is closed`, `Ledger checkpoint ${checkpoint}`);
      return changed();
    },
  });
  const ask = useMutation({
    mutationFn: () => commands.askToCloseMonth(month, reason.trim() || null),
    onSuccess: (request) => {
      say("Asked for approval.");
      void changed();
      navigate("approvals", { request });
    },
  });
  const need = ready.data?.needs ?? null;
  const copy = useCopy();
  const send = useSend((item, isDone) => {
    onSent();
    showRequest(item, isDone);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (copy !== null) {
      send.start({ what: "close", month, reason: reason.trim() || null }, `${named} is closed`);
    } else {
      (need === null ? close : ask).mutate();
    }
  };
  return (
    <form className={css.body} onSubmit={submit}>
      {ready.isPending && <Skeleton label="Holding the books against the checks" rows={6} />}
      {ready.isError && <FailureNotice failure={ready.error} />}
      {ready.isSuccess && (
        <>
          <Checks checks={ready.data.checks} />
          {ready.data.may_close && (
            <p>
              Everything through <Day day={ready.data.through} /> is closed for good: nothing is
              booked on those days any more, and what comes late counts on the first open day. There
              is no reopening.
            </p>
          )}
          {ready.data.may_close && !ready.data.is_ready && (
            <Field
              label="Reason to close it all the same; it is kept in the ledger"
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
          <Before readiness={ready.data} zone={zone} />
        </>
      )}
      {need !== null && ready.data?.may_close === true && (
        <NeedNote need={need} what="Closing a period" />
      )}
      {close.isError && <FailureNotice failure={asFailure(close.error)} />}
      {ask.isError && <FailureNotice failure={asFailure(ask.error)} />}
      {ready.data?.may_close === true && (
        <Sending copy={copy} send={send} what={`Closing ${named}`} needs={need} />
      )}
      <div className={css.acts}>
        <Dialog.Close render={<Button />}>Leave it open</Dialog.Close>
        {ready.data?.may_close === true && (
          <CloseButton
            readiness={ready.data}
            named={named}
            hasReason={reason.trim() !== ""}
            isBusy={close.isPending || ask.isPending}
            copy={copy}
            send={send}
          />
        )}
      </div>
    </form>
  );
}

interface CloseButtonProps {
  readonly readiness: MonthReadiness;
  readonly named: string;
  readonly hasReason: boolean;
  readonly isBusy: boolean;
  readonly copy: Copy | null;
  readonly send: Send;
}

function CloseButton(props: CloseButtonProps) {
  const { readiness, named, hasReason, isBusy, copy, send } = props;
  const { needs, is_ready } = readiness;
  const mayAsk = needs === null || isApprovable(needs);
  const act = `Close ${named} ${is_ready ? "for good" : "all the same"}`;
  if (copy !== null) {
    const mayClose = is_ready || hasReason;
    return <SendButton copy={copy} send={send} needs={needs} disabled={!mayClose} />;
  }
  return (
    <Button type="submit" look="primary" disabled={isBusy || !mayAsk || !(is_ready || hasReason)}>
      {needs === null ? act : "Ask for approval"}
    </Button>
  );
}

function Checks({ checks }: { readonly checks: readonly MonthCheck[] }) {
  return (
    <ul className={css.checks} aria-label="What should be so before">
      {checks.map(({ check, holds, findings }) => (
        <li key={check} data-holds={holds}>
          {holds ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
          <div>
            {check}
            <span className="visually-hidden">{holds ? ": yes" : ": no"}</span>
            {findings.map((finding) => (
              <p key={finding}>{finding}</p>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

interface BeforeProps {
  readonly readiness: MonthReadiness;
  readonly zone: string;
}

function Before({ readiness, zone }: BeforeProps) {
  if (readiness.closes.length === 0) {
    return null;
  }
  return (
    <details className={css.muted}>
      <summary>
        Closed so far: {readiness.closes.length === 1 ? "once" : `${readiness.closes.length} times`}
      </summary>
      <ul>
        {readiness.closes.map((close) => (
          <li key={close.through}>
            through <Day day={close.through} />, by {close.actor} on{" "}
            <Moment at={close.at} zone={zone} />: <Count value={close.entries} /> entries,
            checkpoint <code title={close.checkpoint}>{close.checkpoint.slice(0, 16)}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
