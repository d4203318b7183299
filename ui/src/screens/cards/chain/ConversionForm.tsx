/** The factors of a conversion as a form: a row for each, by the dimensions of what is metered. */
import { Plus, X } from "lucide-react";
import { useId } from "react";
import type { ConversionPage } from "../../../host";
import { Button } from "../../../parts/Button";
import draft from "../../../parts/draft/Draft.module.css";
import { Choice, PlaceProblem, Row, Text, useEdited } from "../../../parts/draft/fields";
import { itemsOf, nextItem } from "../../../parts/draft/values";
import { Field } from "../../../parts/Field";
import css from "./chain.module.css";

const ROUNDINGS = [
  { value: "half_away_from_zero", label: "to the nearest" },
  { value: "half_even", label: "to the nearest, a half to even" },
  { value: "up", label: "up" },
  { value: "down", label: "down" },
] as const;

export function ConversionForm({ page }: { readonly page: ConversionPage }) {
  const { values, set } = useEdited();
  const { conversion } = page;
  const factors = itemsOf(values, "factors");
  const byRates = "rates.source" in values;
  return (
    <form className={draft.form} aria-label="Factors" onSubmit={(event) => event.preventDefault()}>
      <Text name="effective_at" label="Takes effect on" width="24ch" hint="2027-01-01" />
      {conversion.between_currencies && <By />}
      {byRates ? (
        <fieldset>
          <legend>Published exchange rates</legend>
          <Row>
            <Text name="rates.source" label="Published by, as imported" hint="ecb" />
            <Text name="rates.spread_percent" label="Spread, %" hint="0" width="9ch" />
          </Row>
          <PlaceProblem name="rates" />
        </fieldset>
      ) : (
        <fieldset>
          <legend>
            Factors from {conversion.from} to {conversion.to}; the most specific one counts
          </legend>
          {factors.map((name, n) => (
            <Factor key={name} name={name} number={n + 1} page={page} />
          ))}
          <PlaceProblem name="factors" />
          <Button
            look="quiet"
            onClick={() => {
              const name = nextItem(values, "factors");
              // By how much is never proposed.
              set({ [`${name}.operation`]: "multiply", [`${name}.factor`]: "" });
            }}
          >
            <Plus aria-hidden="true" />
            Add a factor
          </Button>
        </fieldset>
      )}
    </form>
  );
}

/** By factors of one's own, or by published rates. */
function By() {
  const id = useId();
  const { values, replace } = useEdited();
  const choose = (chosen: string) =>
    chosen === "rates" ? replace("factors[", { "rates.source": "" }) : replace("rates.");
  return (
    <Field.Label htmlFor={id} label="Converted by">
      <select
        id={id}
        value={"rates.source" in values ? "rates" : "factors"}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="factors">factors</option>
        <option value="rates">published exchange rates</option>
      </select>
    </Field.Label>
  );
}

interface FactorProps {
  readonly name: string;
  readonly number: number;
  readonly page: ConversionPage;
}

function Factor({ name, number, page }: FactorProps) {
  const { values, replace } = useEdited();
  const cells = Object.keys(values).filter((field) => field.startsWith(`${name}.match.`));
  const dimensions = page.dimensions
    .concat(cells.map((field) => field.slice(`${name}.match.`.length)))
    .filter((dimension, n, all) => all.indexOf(dimension) === n);
  return (
    <div className={css.factor}>
      <Row>
        {dimensions.map((dimension) => (
          <Text
            key={dimension}
            name={`${name}.match.${dimension}`}
            label={dimension}
            hint="any"
            width="14ch"
          />
        ))}
      </Row>
      <Row>
        <Choice
          name={`${name}.operation`}
          label="Each is"
          usual="multiply"
          options={[
            { value: "multiply", label: "multiplied by" },
            { value: "divide", label: "divided by" },
          ]}
        />
        <Text name={`${name}.factor`} label="Factor" width="12ch" />
        <Text
          name={`${name}.step`}
          label={`Rounded to multiples of, in ${page.conversion.to}`}
          hint="its smallest step"
          width="18ch"
        />
        <Button
          look="quiet"
          className={draft.remove}
          aria-label={`Remove factor ${number}`}
          onClick={() => replace(`${name}.`)}
        >
          <X aria-hidden="true" />
        </Button>
      </Row>
      <Row>
        <Choice
          name={`${name}.rounding`}
          label="Rounded"
          usual="half_away_from_zero"
          options={ROUNDINGS}
        />
      </Row>
      <PlaceProblem name={name} />
    </div>
  );
}
