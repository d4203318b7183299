/** Throws a kept preview away, after it was asked for twice: nothing brings it back. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { useChanged } from "../../changed";
import { asFailure, commands } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import css from "./Dialogs.module.css";

export function DiscardKept({ name }: { readonly name: string }) {
  const changed = useChanged();
  const discard = useMutation({
    mutationFn: () => commands.discardPreview(name),
    onSuccess: async () => {
      say(`The preview ${name} is gone.`);
      navigate("preview");
      await changed();
    },
  });
  return (
    <Dialog.Root onOpenChange={() => discard.reset()}>
      <Dialog.Trigger render={<Button />}>Discard</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>Discard the preview {name}</Dialog.Title>
          <div className={css.form}>
            <p>Its figures are lost. The ledger and the drafts stay as they are.</p>
            {discard.isError && <FailureNotice failure={asFailure(discard.error)} />}
            <div className={css.acts}>
              <Dialog.Close render={<Button />}>Keep it</Dialog.Close>
              <Button look="primary" disabled={discard.isPending} onClick={() => discard.mutate()}>
                Discard the preview
              </Button>
            </div>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
