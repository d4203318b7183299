/** Keeping a finished preview with the workspace, under a name. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands, type FinishedPreview } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { say } from "../../parts/Toasts";
import css from "./Dialogs.module.css";

export function KeepPreview({ preview }: { readonly preview: FinishedPreview }) {
  const changed = useChanged();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const keep = useMutation({
    mutationFn: () => commands.keepPreview(preview.handle, name, note),
    onSuccess: async () => {
      setOpen(false);
      say(`The preview is kept as ${name.trim()}.`);
      await changed();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate();
  };
  const open = (next: boolean) => {
    keep.reset();
    setOpen(next);
  };
  return (
    <Dialog.Root open={isOpen} onOpenChange={open}>
      <Dialog.Trigger render={<Button />}>Keep</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>Keep this preview</Dialog.Title>
          <form className={css.form} onSubmit={submit}>
            <p className={css.muted}>
              Its figures are kept with the workspace as they are: what was compared, when, by whom,
              with the hashes of the drafts and of the ledger. It is never written over.
            </p>
            <Field
              label="Name, without spaces"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
            <Field
              label="Note; what it was run for"
              value={note}
              onChange={({ target }) => setNote(target.value)}
            />
            {keep.isError && <FailureNotice failure={asFailure(keep.error)} />}
            <div className={css.acts}>
              <Dialog.Close render={<Button />}>Cancel</Dialog.Close>
              <Button type="submit" look="primary" disabled={name.trim() === "" || keep.isPending}>
                Keep the preview
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
