/** A draft of a plan as a form: what it grants, and what it charges beside that. */
import { Plus, X } from "lucide-react";
import { useId } from "react";
import type { WalletChoices } from "../../host";
import { Button } from "../../parts/Button";
import draft from "../../parts/draft/Draft.module.css";
import { Choice, PlaceProblem, Row, Text, useEdited } from "../../parts/draft/fields";
import { itemsOf, nextItem } from "../../parts/draft/values";
import { Field } from "../../parts/Field";
import { ExpiryFields } from "./ExpiryFields";
import css from "./WalletsScreen.module.css";

const KINDS = [
  { value: "purchased", label: "purchased" },
  { value: "allocated", label: "allocated" },
  { value: "bonus", label: "bonus" },
  { value: "promotional", label: "promotional" },
] as const;

const EARNED = [
  { value: "on_completion", label: "when the service is complete" },
  { value: "by_day", label: "by day" },
  { value: "by_month", label: "by month" },
  { value: "with_grants", label: "with the units granted first" },
] as const;

export function PlanForm({ choices }: { readonly choices: WalletChoices }) {
  const { values, set } = useEdited();
  const grants = itemsOf(values, "grants");
  const charges = itemsOf(values, "charges");
  const addGrant = () => {
    const name = nextItem(values, "grants");
    // How many units, and for how much, is never proposed.
    set({
      [`${name}.code`]: `grant-${grants.length + 1}`,
      [`${name}.wallet_type`]: choices.wallet_types[0] ?? "",
      [`${name}.units`]: "",
      [`${name}.kind`]: "promotional",
      [`${name}.every.months`]: "1",
    });
  };
  const addCharge = () => {
    const name = nextItem(values, "charges");
    set({
      [`${name}.code`]: `charge-${charges.length + 1}`,
      [`${name}.price.amount`]: "",
      [`${name}.price.currency`]: choices.currency,
      [`${name}.every.months`]: "1",
      [`${name}.earned`]: "by_day",
    });
  };
  return (
    <form className={draft.form} aria-label="Plan" onSubmit={(event) => event.preventDefault()}>
      <Text name="effective_at" label="Takes effect on" width="24ch" hint="2027-01-01" />
      <fieldset>
        <legend>Grants, into wallets that the plan provisions</legend>
        {grants.map((name) => (
          <Grant key={name} name={name} choices={choices} />
        ))}
        <PlaceProblem name="grants" />
        <Button look="quiet" disabled={choices.wallet_types.length === 0} onClick={addGrant}>
          <Plus aria-hidden="true" />
          Add a grant
        </Button>
        {choices.wallet_types.length === 0 && (
          <p className={draft.muted}>A grant goes to a wallet type, and there is none yet.</p>
        )}
      </fieldset>
      <fieldset>
        <legend>Charges that buy no units: set-up fees, fees of a period</legend>
        {charges.map((name) => (
          <Charge key={name} name={name} />
        ))}
        <PlaceProblem name="charges" />
        <Button look="quiet" onClick={addCharge}>
          <Plus aria-hidden="true" />
          Add a charge
        </Button>
      </fieldset>
    </form>
  );
}

interface LineProps {
  readonly name: string;
}

function Grant({ name, choices }: LineProps & { readonly choices: WalletChoices }) {
  const { values, set, replace } = useEdited();
  const kind = values[`${name}.kind`];
  const isRepeated = useOften(name) !== "";
  const types = choices.wallet_types.map((code) => ({ value: code, label: code }));
  const chooseKind = (value: string) =>
    // What is given away has no price.
    value === "promotional"
      ? replace(`${name}.price.`, { [`${name}.kind`]: value })
      : set({ [`${name}.kind`]: value });
  return (
    <div className={css.planLine}>
      <Row>
        <Text name={`${name}.code`} label="Grant" width="16ch" />
        <Text name={`${name}.units`} label="Units" width="10ch" />
        <Choice name={`${name}.wallet_type`} label="To wallet" usual="" options={types} />
        <Choice
          name={`${name}.kind`}
          label="Kind"
          usual="promotional"
          options={KINDS}
          onChoose={chooseKind}
        />
        <Remove name={name} what="grant" />
      </Row>
      <Row>
        <Often name={name} />
        {kind !== "promotional" && <Price name={name} currency={choices.currency} />}
      </Row>
      <PlaceProblem name={`${name}.price`} />
      {isRepeated && (
        <Row>
          <Choice
            name={`${name}.mode`}
            label="What is left of the grant before"
            usual="new_lot"
            options={[
              { value: "new_lot", label: "lives on until it ends" },
              { value: "reset", label: "is taken back" },
            ]}
          />
          <Proration name={name} />
        </Row>
      )}
      <ExpiryFields name={`${name}.expiry`} label="Each lot expires" ownRule />
      <PlaceProblem name={name} />
    </div>
  );
}

function Charge({ name }: LineProps) {
  const isRepeated = useOften(name) !== "";
  return (
    <div className={css.planLine}>
      <Row>
        <Text name={`${name}.code`} label="Charge" width="16ch" />
        <Text name={`${name}.price.amount`} label="Price, net" width="10ch" />
        <Text name={`${name}.price.currency`} label="Currency" width="8ch" />
        <Tax name={name} />
        <Remove name={name} what="charge" />
      </Row>
      <PlaceProblem name={`${name}.price`} />
      <Row>
        <Often name={name} />
        <Choice name={`${name}.earned`} label="Earned" usual="by_day" options={EARNED} />
        {!isRepeated && (
          <Text name={`${name}.months`} label="Over months" hint="none" width="9ch" />
        )}
        {isRepeated && <Proration name={name} />}
      </Row>
      <PlaceProblem name={name} />
    </div>
  );
}

/** What a grant costs; its currency comes and goes with its amount. */
function Price({ name, currency }: LineProps & { readonly currency: string }) {
  const { values, set, replace } = useEdited();
  const [amount, unit] = [`${name}.price.amount`, `${name}.price.currency`];
  return (
    <>
      <Text
        name={amount}
        label="For, net"
        hint="nothing"
        width="10ch"
        onType={(text) =>
          text === ""
            ? replace(`${name}.price.`)
            : set({ [amount]: text, [unit]: values[unit] ?? currency })
        }
      />
      {unit in values && (
        <>
          <Text name={unit} label="Currency" width="8ch" />
          <Tax name={name} />
        </>
      )}
    </>
  );
}

/** Tax on top of a price. Which tax comes and goes with its percentage. */
function Tax({ name }: LineProps) {
  const { values, set, replace } = useEdited();
  const percent = `${name}.price.tax.percent`;
  return (
    <>
      <Text
        name={percent}
        label="Tax, %"
        hint="none"
        width="8ch"
        onType={(text) => (text === "" ? replace(`${name}.price.tax.`) : set({ [percent]: text }))}
      />
      {percent in values && (
        <Choice
          name={`${name}.price.tax.kind`}
          label="Which tax"
          usual="vat"
          options={[
            { value: "vat", label: "VAT" },
            { value: "sales_tax", label: "sales tax" },
          ]}
        />
      )}
    </>
  );
}

const UNITS = ["months", "days"] as const;

/** What a line is counted in when it comes again; empty when it comes once. */
function useOften(name: string): "" | (typeof UNITS)[number] {
  const { values } = useEdited();
  return UNITS.find((unit) => `${name}.every.${unit}` in values) ?? "";
}

/** How often a line comes: once, or every so many months or days. */
function Often({ name }: LineProps) {
  const id = useId();
  const { replace, values } = useEdited();
  const unit = useOften(name);
  const choose = (chosen: string) => {
    const kept = values[`${name}.every.${unit}`] ?? "1";
    // What is said of periods alone goes with them.
    const own = chosen === "" ? { [`${name}.mode`]: "", [`${name}.proration`]: "" } : {};
    const months = chosen === "" ? {} : { [`${name}.months`]: "" };
    const every = chosen === "" ? {} : { [`${name}.every.${chosen}`]: kept };
    replace(`${name}.every.`, { ...own, ...(name.startsWith("charges") ? months : {}), ...every });
  };
  return (
    <>
      <Field.Label htmlFor={id} label="Comes">
        <select id={id} value={unit} onChange={(event) => choose(event.target.value)}>
          <option value="">once, at the start</option>
          <option value="months">every so many months</option>
          <option value="days">every so many days</option>
        </select>
      </Field.Label>
      {unit !== "" && (
        <Text
          name={`${name}.every.${unit}`}
          label={unit === "months" ? "Months" : "Days"}
          width="7ch"
        />
      )}
      <PlaceProblem name={`${name}.every`} />
    </>
  );
}

function Proration({ name }: LineProps) {
  return (
    <Choice
      name={`${name}.proration`}
      label="A first period that is not whole"
      usual="none"
      options={[
        { value: "none", label: "counts whole" },
        { value: "first_period", label: "counts in part" },
      ]}
    />
  );
}

function Remove({ name, what }: LineProps & { readonly what: string }) {
  const { values, replace } = useEdited();
  return (
    <Button
      look="quiet"
      className={draft.remove}
      aria-label={`Remove ${what} ${values[`${name}.code`] ?? ""}`}
      onClick={() => replace(`${name}.`)}
    >
      <X aria-hidden="true" />
    </Button>
  );
}
