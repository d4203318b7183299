/** A conversion that does not exist yet: its code, and the two units that it connects for life. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { useChanged } from "../../../changed";
import { asFailure, commands } from "../../../host";
import { Button } from "../../../parts/Button";
import dialog from "../../../parts/Dialog.module.css";
import draft from "../../../parts/draft/Draft.module.css";
import { FailureNotice } from "../../../parts/FailureNotice";
import { Field } from "../../../parts/Field";
import { navigate } from "../../../router";

export function NewConversion({ units }: { readonly units: readonly string[] }) {
  const changed = useChanged();
  const list = useId();
  const [code, setCode] = useState("");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const begin = useMutation({
    mutationFn: () => commands.newConversion(code, from, to),
    onSuccess: async (version) => {
      await changed();
      navigate("cards", { conversion: code.trim(), version: String(version) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  const isWhole = [code, from, to].every((text) => text.trim() !== "");
  return (
    <Dialog.Root>
      <Dialog.Trigger render={<Button />}>
        <Plus aria-hidden="true" />
        New conversion
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>A new conversion</Dialog.Title>
          <form onSubmit={submit}>
            <div className={draft.dialogBody}>
              <Field label="Code" value={code} onChange={(event) => setCode(event.target.value)} />
              <Field
                label="Converts: a unit or a currency"
                value={from}
                list={list}
                onChange={(event) => setFrom(event.target.value)}
              />
              <Field
                label="Into"
                value={to}
                list={list}
                onChange={(event) => setTo(event.target.value)}
              />
              <datalist id={list}>
                {units.map((unit) => (
                  <option key={unit} value={unit} />
                ))}
              </datalist>
              <p>The two units are fixed for life. It begins as a draft.</p>
              {begin.isError && <FailureNotice failure={asFailure(begin.error)} />}
            </div>
            <div className={draft.dialogActs}>
              <Dialog.Close render={<Button />}>Cancel</Dialog.Close>
              <Button type="submit" look="primary" disabled={!isWhole || begin.isPending}>
                Begin the draft
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
