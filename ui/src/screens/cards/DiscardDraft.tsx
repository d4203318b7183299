/** Throws a draft away, after it was asked for twice: nothing brings it back. */
import { Dialog } from "@base-ui/react/dialog";
import { useState } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands, type Failure } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import css from "./cards.module.css";

export function DiscardDraft({ draft }: { readonly draft: string }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const changed = useChanged();
  const discard = async () => {
    try {
      await commands.discardCardDraft(draft);
      say(`The draft ${draft} is gone.`);
      void changed();
      navigate("cards");
    } catch (thrown) {
      setFailure(asFailure(thrown));
    }
  };
  return (
    <Dialog.Root onOpenChange={() => setFailure(null)}>
      <Dialog.Trigger render={<Button />}>Discard…</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>Discard the draft {draft}</Dialog.Title>
          <div className={css.form}>
            <p>What was typed in it is lost. What is published stays as it is.</p>
            {failure !== null && <FailureNotice failure={failure} />}
            <div className={css.formActs}>
              <Button look="primary" onClick={() => void discard()}>
                Discard the draft
              </Button>
              <Dialog.Close render={<Button />}>Keep it</Dialog.Close>
            </div>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
