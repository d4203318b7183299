/** Makes a rate card: its code, what it charges in. The rates come in the sheet. */
import { Dialog } from "@base-ui/react/dialog";
import { type FormEvent, useState } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands, type Failure } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { navigate } from "../../router";
import css from "./cards.module.css";
import { paramsOf } from "./places";

export function NewCard({ units }: { readonly units: readonly string[] }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const changed = useChanged();
  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    try {
      const place = await commands.beginRateCard(text("code"), text("name"), text("unit"));
      void changed();
      navigate("cards", paramsOf(place));
    } catch (thrown) {
      setFailure(asFailure(thrown));
    }
  };
  return (
    <Dialog.Root onOpenChange={() => setFailure(null)}>
      <Dialog.Trigger render={<Button />}>New rate card</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>New rate card</Dialog.Title>
          <form onSubmit={make} className={css.form}>
            <Field label="Code, as people type it" name="code" required />
            <Field label="Name, as it is printed" name="name" />
            <Field.Label htmlFor="new-card-unit" label="Charges in">
              <select id="new-card-unit" name="unit">
                {units.map((unit) => (
                  <option key={unit}>{unit}</option>
                ))}
              </select>
            </Field.Label>
            {failure !== null && <FailureNotice failure={failure} />}
            <div className={css.formActs}>
              <Button type="submit" look="primary">
                Begin the draft
              </Button>
              <Dialog.Close render={<Button />}>Cancel</Dialog.Close>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
