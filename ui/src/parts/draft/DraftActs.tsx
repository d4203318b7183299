/** What can be done with a draft: publish it after a look at what it changes, or throw it away. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands, type DesignKind, type DraftHeld, question } from "../../host";
import { publishingNeedsQuestion } from "../../queries";
import { hrefOf, navigate } from "../../router";
import { Button } from "../Button";
import dialog from "../Dialog.module.css";
import { FailureNotice } from "../FailureNotice";
import { Field } from "../Field";
import { NeedNote } from "../NeedNote";
import { PreviewChoice } from "../send/PreviewChoice";
import { PublishButtons } from "../send/PublishButtons";
import { Sending } from "../send/Sending";
import { showRequest } from "../send/showRequest";
import { useCopy } from "../send/useCopy";
import { usePreviewChoice } from "../send/usePreviewChoice";
import { useSend } from "../send/useSend";
import { say } from "../Toasts";
import css from "./Draft.module.css";
import { go, listOf, placeOf } from "./places";
import type { EditedDraft } from "./useDraft";

interface DraftActsProps {
  readonly kind: DesignKind;
  readonly code: string;
  readonly version: number;
  /** Whether nothing of it was ever published. */
  readonly isNew: boolean;
  readonly draft: EditedDraft;
  /** What publishing changes. */
  readonly children: ReactNode;
}

export function DraftActs({ kind, code, version, isNew, draft, children }: DraftActsProps) {
  const changed = useChanged();
  const from = draft.values.effective_at ?? "";
  const [reason, setReason] = useState("");
  const [isOpen, setOpen] = useState(false);
  const needs = useQuery({ ...publishingNeedsQuestion, staleTime: 0 });
  const held = useQuery(
    question(["designs", kind, code, "held", draft.saved], () => commands.designHeld(kind, code)),
  );
  const preview = usePreviewChoice(
    { what: "design", kind, code },
    draft.saved,
    isOpen && needs.data != null,
  );
  const grounds = { reason: reason.trim() || null, preview: preview.chosen };
  const copy = useCopy();
  const send = useSend((item, isDone) => {
    if (!showRequest(item, isDone)) {
      go(isDone ? placeOf(kind, code, version) : listOf(kind));
    }
  });
  const leave = async (place: ReturnType<typeof placeOf>, said: string) => {
    go(place);
    await changed();
    say(said);
  };
  const publish = useMutation({
    mutationFn: () => commands.publishDesign(kind, code, draft.saved),
    onSuccess: () =>
      leave(
        placeOf(kind, code, version),
        `Version ${version} of ${code} is published: it takes effect on ${from}.`,
      ),
  });
  const ask = useMutation({
    mutationFn: () => commands.askForDesign(kind, code, draft.saved, grounds),
    onSuccess: async (request) => {
      navigate("approvals", { request });
      await changed();
      say("Asked for approval.");
    },
  });
  const discard = useMutation({
    mutationFn: () => commands.discardDesign(kind, code),
    onSuccess: () =>
      leave(
        isNew ? listOf(kind) : placeOf(kind, code, null),
        `The draft of ${code} is thrown away.`,
      ),
  });
  const errors = draft.problems.filter(({ is_error }) => is_error).length;
  return (
    <>
      <span className={css.muted}>
        <HeldOrSaved held={held.data} draft={draft} />
      </span>
      <Dialog.Root>
        <Dialog.Trigger render={<Button />}>Discard</Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Backdrop className={dialog.backdrop} />
          <Dialog.Popup className={dialog.popup}>
            <Dialog.Title className={dialog.title}>Throw the draft away</Dialog.Title>
            <div className={css.dialogBody}>
              <p>
                What was typed into version {version} is lost. Published versions stay as they are.
              </p>
              {discard.isError && <FailureNotice failure={asFailure(discard.error)} />}
            </div>
            <div className={css.dialogActs}>
              <Dialog.Close render={<Button />}>Keep it</Dialog.Close>
              <Button onClick={() => discard.mutate()} disabled={discard.isPending}>
                Throw version {version} away
              </Button>
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
      <Dialog.Root open={isOpen} onOpenChange={setOpen}>
        <Dialog.Trigger
          render={
            <Button look="primary" disabled={!draft.isChecked || !draft.isKept || errors > 0} />
          }
        >
          Publish
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Backdrop className={dialog.backdrop} />
          <Dialog.Popup className={`${dialog.popup} ${css.popup}`}>
            <Dialog.Title className={dialog.title}>
              Publish version {version} of {code}
            </Dialog.Title>
            <div className={css.dialogBody}>
              <p>It takes effect on {from} and cannot be changed from then on.</p>
              {children}
              {needs.data != null && (
                <>
                  <NeedNote need={needs.data} what="Publishing" />
                  <Field
                    label="What it is for, to who approves it"
                    value={reason}
                    onChange={(event) => setReason(event.currentTarget.value)}
                  />
                  <PreviewChoice choice={preview} />
                </>
              )}
              {needs.isError && <FailureNotice failure={needs.error} />}
              {publish.isError && <FailureNotice failure={asFailure(publish.error)} />}
              {ask.isError && <FailureNotice failure={asFailure(ask.error)} />}
              <Sending copy={copy} send={send} what="Publishing" needs={needs.data} />
            </div>
            <div className={css.dialogActs}>
              <Dialog.Close render={<Button />}>Not yet</Dialog.Close>
              <PublishButtons
                needs={needs.data}
                words={`Publish version ${version} from ${from}`}
                isBusy={preview.isLooking || publish.isPending || ask.isPending}
                copy={copy}
                send={send}
                onPublish={() => publish.mutate()}
                onAsk={() => ask.mutate()}
                onSend={() =>
                  send.start(
                    {
                      what: "design",
                      kind,
                      code,
                      saved: draft.saved,
                      grounds,
                    },
                    `version ${version} of ${code} is published`,
                  )
                }
              />
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}

interface HeldOrSavedProps {
  readonly held: DraftHeld | undefined;
  readonly draft: EditedDraft;
}

/** Where the draft waits, or how it is kept. */
function HeldOrSaved({ held, draft }: HeldOrSavedProps) {
  if (held?.request != null) {
    return (
      <>
        In review: <a href={hrefOf("approvals", { request: held.request })}>the request</a>
      </>
    );
  }
  if (held?.queued != null) {
    return (
      <>
        In the outbox: <a href={hrefOf("outbox", { item: held.queued })}>number {held.queued}</a>
      </>
    );
  }
  return <>{stateOf(draft)}</>;
}

function stateOf({ isChecked, isKept }: EditedDraft): string {
  if (!isChecked) {
    return "Not saved yet";
  }
  return isKept ? "Saved" : "Not saved: a value is missing or cannot be read";
}
