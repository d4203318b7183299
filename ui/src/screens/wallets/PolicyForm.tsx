/** The policies of a draft as a form, each with the sentences that it says as it stands. */
import type { ReactNode } from "react";
import type { ExampleStep, WalletChoices, WalletPolicy } from "../../host";
import draft from "../../parts/draft/Draft.module.css";
import { Choice, PlaceProblem, Row, Text, Tick, useEdited } from "../../parts/draft/fields";
import { itemsOf, listFields } from "../../parts/draft/values";
import { AlertFields } from "./AlertFields";
import { DrawOrder } from "./DrawOrder";
import { ExpiryFields } from "./ExpiryFields";
import { Consequences } from "./Policies";
import { ScopeFields } from "./ScopeFields";
import css from "./WalletsScreen.module.css";

interface PolicyFormProps {
  readonly choices: WalletChoices;
  readonly policies: readonly WalletPolicy[];
  readonly steps: readonly ExampleStep[];
}

export function PolicyForm({ choices, policies, steps }: PolicyFormProps) {
  const controls: Readonly<Record<string, ReactNode>> = {
    scope: <ScopeFields choices={choices} />,
    priority: <Priority choices={choices} />,
    draw_order: <DrawOrder keys={choices.draw_keys} />,
    rates: (
      <Choice
        name="rates"
        label="Usage is priced"
        usual="current"
        options={[
          { value: "current", label: "as when it occurs" },
          { value: "original", label: "as when the lot was bought" },
        ]}
      />
    ),
    expiry: <ExpiryFields name="expiry" label="A lot expires" />,
    rollover: <RolloverFields />,
    top_up: <TopUpFields choices={choices} />,
    beyond: <Beyond />,
    allowances: <Allowances />,
    burns: (
      <Choice
        name="burns"
        label="Units burn"
        usual="usage"
        options={[
          { value: "usage", label: "with the usage" },
          { value: "invoice", label: "when the invoice is final" },
        ]}
      />
    ),
    holds: <Holds />,
    restored: (
      <Choice
        name="restored"
        label="Units that return to an ended lot"
        usual="expire"
        options={[
          { value: "expire", label: "expire at once" },
          { value: "goodwill", label: "are given anew" },
        ]}
      />
    ),
    alerts: <AlertFields />,
  };
  return (
    <form className={draft.form} aria-label="Policies" onSubmit={(event) => event.preventDefault()}>
      <Text name="effective_at" label="Takes effect on" width="24ch" hint="2027-01-01" />
      {policies.map(({ policy, title, sentences }) => (
        <fieldset key={policy}>
          <legend>{title}</legend>
          {controls[policy]}
          <div className={css.says}>
            {sentences.map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
            <Consequences steps={steps.filter((step) => step.policy === policy)} />
          </div>
        </fieldset>
      ))}
    </form>
  );
}

function Priority({ choices }: { readonly choices: WalletChoices }) {
  const { values, replace } = useEdited();
  const fallbacks = itemsOf(values, "fallbacks").map((name) => values[name] ?? "");
  const put = (list: readonly string[]) => replace("fallbacks[", listFields("fallbacks", list));
  const left = choices.wallet_types.filter((code) => !fallbacks.includes(code));
  return (
    <Row>
      <Text name="priority" label="Priority" hint="100" width="8ch" />
      {fallbacks.map((code, n) => (
        <div key={code} className={css.cell}>
          <Tick
            label={`then ${code}`}
            isOn
            onChange={() => put(fallbacks.filter((_, other) => other !== n))}
          />
          <PlaceProblem name={`fallbacks[${n}]`} />
        </div>
      ))}
      <PlaceProblem name="fallbacks" />
      <label className={css.choice}>
        Falls back to
        <select value="" onChange={(event) => put([...fallbacks, event.target.value])}>
          <option value="">choose</option>
          {left.map((code) => (
            <option key={code} value={code}>
              {code}
            </option>
          ))}
        </select>
      </label>
    </Row>
  );
}

function RolloverFields() {
  const { values, replace } = useEdited();
  const isOn = Object.keys(values).some((name) => name.startsWith("rollover."));
  return (
    <>
      <Tick
        label="A part of what is left rolls over"
        isOn={isOn}
        onChange={(on) =>
          replace("rollover.", on ? { "rollover.fraction": "1", "rollover.times": "1" } : {})
        }
      />
      {isOn && (
        <>
          <Row>
            <Text name="rollover.fraction" label="Part, up to 1" hint="1" width="9ch" />
            <Text name="rollover.times" label="Times" hint="1" width="7ch" />
            <Text name="rollover.cap" label="At most, in units" hint="no limit" />
            <Choice
              name="rollover.above_cap"
              label="Above that"
              usual="truncate"
              options={[
                { value: "truncate", label: "the new lot is cut" },
                { value: "forfeit_oldest", label: "the oldest gives way" },
              ]}
            />
          </Row>
          <ExpiryFields name="rollover.expiry" label="The new lot expires" ownRule />
        </>
      )}
      <PlaceProblem name="rollover" />
    </>
  );
}

function TopUpFields({ choices }: { readonly choices: WalletChoices }) {
  const { values, replace, set } = useEdited();
  const isOn = Object.keys(values).some((name) => name.startsWith("top_up."));
  const price = Object.keys(values).some((name) => name.startsWith("top_up.price."));
  // What the units cost and how many are bought is never proposed: it is asked for.
  const asked = { "top_up.price.currency": choices.currency, "top_up.price.price": "" };
  return (
    <>
      <Tick
        label="Units are bought when it runs low"
        isOn={isOn}
        onChange={(on) => replace("top_up.", on ? asked : {})}
      />
      {isOn && (
        <>
          <Row>
            <Text name="top_up.threshold" label="At or below" hint="never" />
            <Text name="top_up.bring_to" label="Brings it to" />
            <Text name="top_up.add" label="or adds" />
            <Choice
              name="top_up.on"
              label="Units are there"
              usual="invoice"
              options={[
                { value: "invoice", label: "at once, invoiced" },
                { value: "payment", label: "when they are paid" },
              ]}
            />
          </Row>
          <Row>
            <Tick
              label="priced"
              isOn={price}
              onChange={(on) => (on ? set(asked) : replace("top_up.price."))}
            />
            {price && (
              <>
                <Text name="top_up.price.price" label="Price" />
                <Text name="top_up.price.currency" label="Currency" width="8ch" />
                <Text name="top_up.price.per" label="of units" hint="1" width="9ch" />
                <Text name="top_up.monthly_ceiling" label="At most in a month" hint="no limit" />
              </>
            )}
          </Row>
        </>
      )}
      <PlaceProblem name="top_up" />
    </>
  );
}

function Beyond() {
  const { values, set } = useEdited();
  const beyond = values.beyond ?? "reject";
  return (
    <Row>
      <Choice
        name="beyond"
        label="Usage beyond it"
        usual="reject"
        options={[
          { value: "reject", label: "is refused" },
          { value: "overage", label: "is charged in money" },
          { value: "overdraft", label: "overdraws it" },
        ]}
        onChoose={(value) =>
          set({
            beyond: value,
            overage_limit: "",
            overdraft_limit: value === "overdraft" ? "100" : "",
          })
        }
      />
      {(beyond === "overage" || (values.overage_limit ?? "") !== "") && (
        <Text
          name="overage_limit"
          label="In a billing period at most"
          hint="no limit"
          width="18ch"
        />
      )}
      {beyond === "overdraft" && <Text name="overdraft_limit" label="By at most, in units" />}
    </Row>
  );
}

const WINDOWS = [
  { value: "day", label: "a day" },
  { value: "week", label: "a week" },
  { value: "month", label: "a calendar month" },
  { value: "billing_period", label: "a billing period" },
  { value: "lifetime", label: "all its time" },
] as const;

function Allowances() {
  const { values, replace } = useEdited();
  return (["member", "team"] as const).map((who) => {
    const name = `allowances.${who}`;
    const isOn = Object.keys(values).some((each) => each.startsWith(`${name}.`));
    return (
      <Row key={who}>
        <Tick
          label={`Each ${who} has an allowance`}
          isOn={isOn}
          onChange={(on) =>
            replace(`${name}.`, on ? { [`${name}.units`]: "100", [`${name}.per`]: "month" } : {})
          }
        />
        {isOn && (
          <>
            <Text name={`${name}.units`} label="Units" />
            <Choice name={`${name}.per`} label="In" usual="month" options={WINDOWS} />
          </>
        )}
      </Row>
    );
  });
}

function Holds() {
  return (
    <Row>
      <Text name="holds.time_out.days" label="Ends after days" hint="none" />
      <Text name="holds.time_out.hours" label="and hours" hint="0" width="8ch" />
      <Choice
        name="holds.capture_above"
        label="A capture above it"
        usual="draw_difference"
        options={[
          { value: "draw_difference", label: "draws the difference" },
          { value: "reject", label: "is refused" },
        ]}
      />
      <Choice
        name="holds.capture_below"
        label="What a capture leaves"
        usual="release"
        options={[
          { value: "release", label: "is released" },
          { value: "keep", label: "stays held" },
        ]}
      />
      <PlaceProblem name="holds.time_out" />
    </Row>
  );
}
