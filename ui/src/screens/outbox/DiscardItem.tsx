/** Giving an item up, after a question. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { useChanged } from "../../changed";
import { asFailure, commands } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import css from "./outbox.module.css";

interface DiscardItemProps {
  readonly number: string;
  readonly name: string;
}

export function DiscardItem({ number, name }: DiscardItemProps) {
  const changed = useChanged();
  const discard = useMutation({
    mutationFn: () => commands.discardOutboxItem(number),
    onSuccess: async () => {
      navigate("outbox");
      await changed();
      say(`Number ${number} is discarded. It is not done.`);
    },
  });
  return (
    <Dialog.Root>
      <Dialog.Trigger render={<Button />}>Discard</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>Discard number {number}</Dialog.Title>
          <div className={css.body}>
            <p>Take “{name}” out of the outbox? It is not done then, and is kept nowhere.</p>
            {discard.isError && <FailureNotice failure={asFailure(discard.error)} />}
            <div className={css.acts}>
              <Dialog.Close render={<Button />}>Let it wait</Dialog.Close>
              <Button look="primary" onClick={() => discard.mutate()} disabled={discard.isPending}>
                Discard number {number}
              </Button>
            </div>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
