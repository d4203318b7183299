/**
 * An act at the right: what is wanted, then the exact entries that the books would write, then the button
 * that names it. What is confirmed is what was shown, or nothing.
 */
import { Dialog } from "@base-ui/react/dialog";
import { type UseMutationResult, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useChanged } from "../../../changed";
import { decimal, decimalsOf, formatDecimal } from "../../../format/decimal";
import { parseDecimal } from "../../../format/decimal-input";
import { formatDay } from "../../../format/instant";
import {
  type Act,
  type ActChoices,
  type ActPreview,
  asFailure,
  type CustomerInWhole,
  commands,
  type Failure,
  question,
} from "../../../host";
import { Button } from "../../../parts/Button";
import dialog from "../../../parts/Dialog.module.css";
import { EntriesToCome } from "../../../parts/EntriesToCome";
import { FailureNotice } from "../../../parts/FailureNotice";
import { isApprovable, NeedNote } from "../../../parts/NeedNote";
import { Skeleton } from "../../../parts/Skeleton";
import { SendButton } from "../../../parts/send/SendButton";
import { Sending } from "../../../parts/send/Sending";
import { showRequest } from "../../../parts/send/showRequest";
import { type Copy, useCopy } from "../../../parts/send/useCopy";
import { type Send, useSend } from "../../../parts/send/useSend";
import { say } from "../../../parts/Toasts";
import { navigate } from "../../../router";
import { useLocale } from "../../../settings";
import { ActForm } from "./ActForm";
import css from "./Acts.module.css";
import { actOf, type Begun, type Draft, EMPTY, nameOf, type Problems, problemsOf } from "./act";

const TITLES: Readonly<Record<Begun["act"], string>> = {
  grant: "Grant credits",
  refund: "Refund",
  transfer: "Transfer",
  extend: "Extend",
  adjust: "Adjust",
};

interface ActSheetProps {
  readonly customer: CustomerInWhole;
  readonly begun: Begun;
  readonly onClose: () => void;
}

interface Wanted {
  readonly act: Act;
  readonly reason: string | null;
}

export function ActSheet({ customer, begun, onClose }: ActSheetProps) {
  const changed = useChanged();
  const locale = useLocale();
  const [edited, setDraft] = useState<Draft>(() => firstDraft(begun));
  const choices = useQuery({
    ...question(["acts", "choices"], () => commands.actChoices()),
    enabled: begun.act === "grant",
  });
  const draft = withChoices(edited, choices.data);
  const [typed, setTyped] = useState<Problems>({});
  const confirmId = useId();
  const preview = useMutation<ActPreview, Failure, Wanted>({
    mutationFn: ({ act, reason }) =>
      commands.previewAct(customer.customer, act, reason).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: () => requestAnimationFrame(() => document.getElementById(confirmId)?.focus()),
  });
  const confirm = useMutation<null, Failure, ActPreview>({
    mutationFn: ({ operation, entries }) =>
      commands
        .confirmAct(
          operation,
          entries.map(({ hash }) => hash),
        )
        .catch((thrown) => {
          throw asFailure(thrown);
        }),
  });
  const ask = useMutation<string, Failure, ActPreview>({
    mutationFn: ({ operation }) =>
      commands.askForAct(operation).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: (request) => {
      void changed();
      say("Asked for approval.");
      navigate("approvals", { request });
    },
  });
  const copy = useCopy();
  const send = useSend((item, isDone) => {
    onClose();
    showRequest(item, isDone);
  });
  const shown = preview.data;
  const name =
    shown === undefined
      ? ""
      : nameOf(begun, draft, shown, writeIn(locale), (day) => formatDay(day, locale));
  const change = (next: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...next }));
    setTyped({});
    // What was shown is not what would be done now.
    preview.reset();
    confirm.reset();
    ask.reset();
    send.reset();
  };
  const look = () => {
    confirm.reset();
    send.reset();
    const read = actOf(begun, draft, (text) => {
      const parsed = parseDecimal(text, { locale });
      return parsed.ok ? { value: parsed.value } : { problem: parsed.problem.message };
    });
    if ("problems" in read) {
      setTyped(read.problems);
    } else {
      preview.mutate({ act: read.act, reason: draft.reason.trim() || null });
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    look();
  };
  const doIt = (of: ActPreview) =>
    confirm.mutate(of, {
      onSuccess: () => {
        void changed();
        say(`Done: ${name}.`);
        onClose();
      },
    });
  const problems = { ...problemsOf(preview.error), ...typed };
  const hasPlace = Object.keys(problemsOf(preview.error)).some((place) => FIELDS.has(place));
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={css.sheet}>
          <Dialog.Title className={dialog.title}>
            {TITLES[begun.act]}
            {begun.act !== "grant" && <span className={css.lot}> lot {begun.lot.lot}</span>}
          </Dialog.Title>
          <p className={css.whose}>
            {customer.name === "" ? customer.customer : `${customer.name}, ${customer.customer}`}
          </p>
          {choices.isError && <FailureNotice failure={choices.error} />}
          {choices.isLoading && <Skeleton label="Reading wallet types" rows={5} />}
          {(begun.act !== "grant" || choices.data !== undefined) && (
            <form className={css.form} onSubmit={submit} noValidate>
              <ActForm
                begun={begun}
                choices={choices.data}
                draft={draft}
                problems={problems}
                onChange={change}
              />
              <div>
                <Button
                  type="submit"
                  look={shown === undefined ? "primary" : "plain"}
                  disabled={preview.isPending}
                >
                  Show the entries
                </Button>
              </div>
            </form>
          )}
          {preview.error !== null && !hasPlace && <FailureNotice failure={preview.error} />}
          {shown !== undefined && (
            <Look shown={shown} of={customer.customer} name={name} copy={copy} send={send} />
          )}
          {ask.error !== null && <FailureNotice failure={ask.error} />}
          {confirm.error !== null && (
            <FailureNotice failure={confirm.error}>
              <Button onClick={look}>Show the entries again</Button>
            </FailureNotice>
          )}
          <div className={css.foot}>
            <Dialog.Close render={<Button />}>
              {send.waits === null ? "Cancel" : "Close"}
            </Dialog.Close>
            {shown !== undefined && (
              <Confirm id={confirmId} shown={shown} copy={copy} send={send} name={name}>
                {{ ask, confirm, doIt }}
              </Confirm>
            )}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface LookProps {
  readonly shown: ActPreview;
  readonly of: string;
  readonly name: string;
  readonly copy: Copy | null;
  readonly send: Send;
}

/** What it would write, whom it needs, and where it is done. */
function Look({ shown, of, name, copy, send }: LookProps) {
  return (
    <>
      <EntriesToCome entries={shown.entries} of={of} />
      {shown.needs !== null && <NeedNote need={shown.needs} what={name} />}
      <Sending copy={copy} send={send} what={name} needs={shown.needs} />
    </>
  );
}

interface ConfirmProps extends Omit<LookProps, "of"> {
  readonly id: string;
  readonly children: {
    readonly ask: UseMutationResult<string, Failure, ActPreview>;
    readonly confirm: UseMutationResult<null, Failure, ActPreview>;
    readonly doIt: (of: ActPreview) => void;
  };
}

/** The button that does it: here, by a second person, or at production. */
function Confirm({ id, shown, copy, send, name, children }: ConfirmProps) {
  const { ask, confirm, doIt } = children;
  const { operation, entries, needs } = shown;
  if (copy !== null) {
    const hashes = entries.map(({ hash }) => hash);
    return (
      <SendButton
        id={id}
        copy={copy}
        send={send}
        needs={needs}
        onSend={() => send.start({ what: "act", operation, hashes }, name)}
      />
    );
  }
  if (needs !== null) {
    return (
      <Button
        id={id}
        look="primary"
        disabled={ask.isPending || !isApprovable(needs)}
        onClick={() => ask.mutate(shown)}
      >
        Ask for approval
      </Button>
    );
  }
  return confirm.error === null ? (
    <Button id={id} look="primary" disabled={confirm.isPending} onClick={() => doIt(shown)}>
      {name}
    </Button>
  ) : null;
}

/** The members that have a field, so that a refusal is shown there. */
const FIELDS: ReadonlySet<string> = new Set([
  "wallet",
  "units",
  "price",
  "expires_at",
  "amount",
  "fee",
  "to_customer",
  "to_wallet",
  "worth",
  "approver",
  "reason",
]);

function firstDraft(begun: Begun): Draft {
  return begun.act === "grant" ? EMPTY : { ...EMPTY, currency: begun.lot.currency ?? "" };
}

/** What is chosen where nothing was: the first wallet type, the currency of the books. */
function withChoices(draft: Draft, choices: ActChoices | undefined): Draft {
  return {
    ...draft,
    wallet: draft.wallet || (choices?.wallet_types[0]?.wallet_type ?? ""),
    currency: draft.currency || (choices?.currency ?? ""),
  };
}

function writeIn(locale: string): (amount: string) => string {
  return (amount) => formatDecimal(decimal(amount), { locale, decimals: decimalsOf(amount) });
}
