/** At which instant everything is read. Another one than now is worn by the whole frame. */
import { Popover } from "@base-ui/react/popover";
import { useMutation } from "@tanstack/react-query";
import { History } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAsOf } from "../asOf";
import { asFailure, commands } from "../host";
import { Button } from "../parts/Button";
import { FailureNotice } from "../parts/FailureNotice";
import { Field } from "../parts/Field";
import { Moment } from "../parts/Figure";
import css from "./AsOfControl.module.css";

export function AsOfControl({ zone }: { readonly zone: string }) {
  const { asOf, setAsOf } = useAsOf();
  const [isOpen, setOpen] = useState(false);
  const resolve = useMutation({
    mutationFn: (text: string) => commands.resolveAsOf(text),
    onSuccess: (instant) => {
      setAsOf(instant);
      setOpen(false);
    },
  });
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get("as-of");
    resolve.mutate(typeof text === "string" ? text.trim() : "");
  };
  const now = () => {
    setAsOf(null);
    setOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={css.trigger} data-past={asOf !== null}>
        <History aria-hidden="true" />
        <span className={css.label}>as of</span>{" "}
        {asOf === null ? "now" : <Moment at={asOf} zone={zone} precision="second" />}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={css.positioner} align="end" sideOffset={4}>
          <Popover.Popup className={css.popup}>
            <Popover.Title className={css.title}>Read the books as of</Popover.Title>
            <form onSubmit={apply} className={css.form}>
              <Field
                label={`Day, or an instant in UTC; a day is read at its end in ${zone}`}
                name="as-of"
                placeholder="2026-10-31"
              />
              {resolve.error !== null && <FailureNotice failure={asFailure(resolve.error)} />}
              <div className={css.acts}>
                <Button type="submit" look="primary">
                  Read as of then
                </Button>
                {asOf !== null && <Button onClick={now}>Back to now</Button>}
              </div>
            </form>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
