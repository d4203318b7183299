/** An event that did not happen, priced by what is typed: every step from the usage to who pays. */
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { asFailure, commands, type Failure, type PricedEvent } from "../../../host";
import { Button } from "../../../parts/Button";
import { FailureNotice } from "../../../parts/FailureNotice";
import { Field } from "../../../parts/Field";
import { Moment } from "../../../parts/Figure";
import { dimensionOf } from "../model/columns";
import { typedSheet } from "../typedSheet";
import type { PanelProps } from "./Panels";
import css from "./panels.module.css";

export function TryEvent({ sheet, place, open, zone }: PanelProps) {
  const meter = useId();
  const { lines, effectiveAt, columns, activeLine } = open;
  const dimensions = columns.flatMap(({ key, name, options }) =>
    dimensionOf(key) === null ? [] : [{ name, options }],
  );
  const tried = useMutation<PricedEvent, Failure, FormData>({
    mutationFn: async (form) => {
      const text = (name: string) => String(form.get(name) ?? "").trim();
      const values = dimensions
        .map(({ name }) => [name, text(`dimension ${name}`)] as const)
        .filter(([, value]) => value !== "");
      try {
        return await commands.tryCardEvent(typedSheet({ sheet, place, effectiveAt, lines }), {
          customer: text("customer"),
          meter: text("meter"),
          quantity: text("quantity"),
          dimensions: Object.fromEntries(values),
        });
      } catch (thrown) {
        throw asFailure(thrown);
      }
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    tried.mutate(new FormData(event.currentTarget));
  };
  const row = activeLine?.row;
  return (
    <div className={css.paste}>
      <form className={css.acts} onSubmit={submit}>
        <Field label="Customer" name="customer" required style={{ width: "14ch" }} />
        <Field.Label htmlFor={meter} label="Meter">
          <select id={meter} name="meter" key={row?.meter} defaultValue={row?.meter}>
            {sheet.meters.map((code) => (
              <option key={code}>{code}</option>
            ))}
          </select>
        </Field.Label>
        <Field label="Quantity" name="quantity" required style={{ width: "12ch" }} />
        {dimensions.map(({ name }) => (
          <Field
            // Filled in from the selected rate; what is typed stays until another one is selected.
            key={`${name} ${activeLine?.id}`}
            label={name}
            name={`dimension ${name}`}
            defaultValue={(row?.cells[name] ?? "").replace(/^\*$/, "")}
            style={{ width: "13ch" }}
          />
        ))}
        <Button type="submit" disabled={tried.isPending}>
          Price it
        </Button>
      </form>
      {tried.error !== null && <FailureNotice failure={tried.error} />}
      {tried.data !== undefined && tried.error === null && (
        <Priced event={tried.data} zone={zone} />
      )}
      {tried.data === undefined && tried.error === null && (
        <p>
          Nothing is recorded: the event is priced on a copy of the customer's books, with what they
          hold now.
        </p>
      )}
    </div>
  );
}

function Priced({ event, zone }: { readonly event: PricedEvent; readonly zone: string }) {
  return (
    <div role="status">
      <p>
        At <Moment at={event.at} zone={zone} />:{" "}
        <strong>
          {event.refused === null ? (event.charge ?? "free") : `refused: ${event.refused}`}
        </strong>
      </p>
      <table className={css.table}>
        <caption className="visually-hidden">From the usage to who pays</caption>
        <tbody>
          {event.steps.map((step, n) => (
            <tr key={`${step.what} ${n}`}>
              <th scope="row">{step.what}</th>
              <td>{step.value}</td>
              <td className={css.muted}>{step.note}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
