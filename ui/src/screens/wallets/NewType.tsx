/** A wallet type that does not exist yet: its code, its name, and what it holds for life. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { navigate } from "../../router";
import { choicesQuestion } from "./questions";
import css from "./WalletsScreen.module.css";

export function NewType() {
  const changed = useChanged();
  const choices = useQuery(choicesQuestion);
  const list = useId();
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [unit, setUnit] = useState("");
  const begin = useMutation({
    mutationFn: () => commands.newWalletType(code, name, unit),
    onSuccess: async (version) => {
      await changed();
      navigate("wallets", { type: code.trim(), version: String(version) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  const units = [...(choices.data?.units ?? []), choices.data?.currency ?? ""];
  return (
    <Dialog.Root>
      <Dialog.Trigger render={<Button />}>
        <Plus aria-hidden="true" />
        New wallet type
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>A new wallet type</Dialog.Title>
          <form onSubmit={submit}>
            <div className={css.dialogBody}>
              <Field label="Code" value={code} onChange={(event) => setCode(event.target.value)} />
              <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} />
              <Field
                label="Holds: a credit unit, or a currency for a money wallet"
                value={unit}
                list={list}
                onChange={(event) => setUnit(event.target.value)}
              />
              <datalist id={list}>
                {units.map((each) => (
                  <option key={each} value={each} />
                ))}
              </datalist>
              <p className={css.muted}>What it holds is fixed for life. It begins as a draft.</p>
              {begin.isError && <FailureNotice failure={asFailure(begin.error)} />}
            </div>
            <div className={css.dialogActs}>
              <Dialog.Close render={<Button />}>Cancel</Dialog.Close>
              <Button
                type="submit"
                look="primary"
                disabled={code.trim() === "" || unit.trim() === "" || begin.isPending}
              >
                Begin the draft
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
