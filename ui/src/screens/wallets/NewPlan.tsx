/** A plan that does not exist yet: its code and its name. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import draft from "../../parts/draft/Draft.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { navigate } from "../../router";

export function NewPlan() {
  const changed = useChanged();
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const begin = useMutation({
    mutationFn: () => commands.newPlan(code, name),
    onSuccess: async (version) => {
      await changed();
      navigate("wallets", { plan: code.trim(), version: String(version) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  return (
    <Dialog.Root>
      <Dialog.Trigger render={<Button />}>
        <Plus aria-hidden="true" />
        New plan
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>A new plan</Dialog.Title>
          <form onSubmit={submit}>
            <div className={draft.dialogBody}>
              <Field label="Code" value={code} onChange={(event) => setCode(event.target.value)} />
              <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} />
              <p>It begins as a draft, without grants and charges.</p>
              {begin.isError && <FailureNotice failure={asFailure(begin.error)} />}
            </div>
            <div className={draft.dialogActs}>
              <Dialog.Close render={<Button />}>Cancel</Dialog.Close>
              <Button type="submit" look="primary" disabled={code.trim() === "" || begin.isPending}>
                Begin the draft
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
