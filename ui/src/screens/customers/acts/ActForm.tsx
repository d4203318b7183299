/** The fields of an act; a refusal stands at the field that caused it. */
import { type ReactNode, useId } from "react";
import type { ActChoices } from "../../../host";
import { Amount } from "../../../parts/Figure";
import css from "./Acts.module.css";
import type { Begun, Draft, Problems } from "./act";

interface ActFormProps {
  readonly begun: Begun;
  /** What a grant can choose from. */
  readonly choices: ActChoices | undefined;
  readonly draft: Draft;
  readonly problems: Problems;
  readonly onChange: (next: Partial<Draft>) => void;
}

export function ActForm(props: ActFormProps) {
  switch (props.begun.act) {
    case "grant":
      return <GrantFields {...props} />;
    case "refund":
      return <RefundFields {...props} />;
    case "transfer":
      return <TransferFields {...props} />;
    case "extend":
      return <ExtendFields {...props} />;
    case "adjust":
      return <AdjustFields {...props} />;
  }
}

/** Kinds that are given away and so have no price. */
const FREE: ReadonlySet<string> = new Set(["promotional"]);

function GrantFields({ choices, draft, problems, onChange }: ActFormProps) {
  const types = choices?.wallet_types ?? [];
  const unit = types.find(({ wallet_type }) => wallet_type === draft.wallet)?.unit ?? "";
  return (
    <>
      <Select
        label="Wallet"
        value={draft.wallet}
        problem={problems.wallet}
        onChange={(wallet) => onChange({ wallet })}
        choices={types.map(({ wallet_type }) => [wallet_type, wallet_type])}
      />
      <Select
        label="Kind"
        value={draft.kind}
        onChange={(kind) => onChange({ kind })}
        choices={(choices?.kinds ?? []).map((kind) => [kind, kind])}
      />
      <Text
        label={`Units, in ${unit}`}
        value={draft.units}
        problem={problems.units}
        onChange={(units) => onChange({ units })}
      />
      {!FREE.has(draft.kind) && (
        <>
          <div className={css.beside}>
            <Text
              label="Price, net of tax"
              value={draft.price}
              problem={problems.price}
              onChange={(price) => onChange({ price })}
            />
            <Text
              label="Tax on top"
              value={draft.tax}
              problem={problems.tax}
              onChange={(tax) => onChange({ tax })}
            />
            <Text
              label="Currency"
              value={draft.currency}
              onChange={(currency) => onChange({ currency: currency.toUpperCase() })}
            />
          </div>
          <Check
            label="Invoiced: a payment follows"
            value={draft.isInvoiced}
            onChange={(isInvoiced) => onChange({ isInvoiced })}
          />
        </>
      )}
      <Text
        label="Last day of use; empty for the rule of the wallet type"
        hint="2026-12-31"
        value={draft.lastDay}
        problem={problems.expires_at}
        onChange={(lastDay) => onChange({ lastDay })}
      />
      <Reason draft={draft} problems={problems} onChange={onChange} />
    </>
  );
}

function RefundFields({ begun, draft, problems, onChange }: ActFormProps) {
  return (
    <>
      <LotLeft begun={begun} />
      <div className={css.beside}>
        <Text
          label="Units; empty for all that are left"
          value={draft.units}
          problem={problems.units ?? problems.lot}
          onChange={(units) => onChange({ units, amount: "" })}
        />
        <Text
          label={`or amount, in ${draft.currency}`}
          value={draft.amount}
          problem={problems.amount}
          onChange={(amount) => onChange({ amount, units: "" })}
        />
      </div>
      <Text
        label="Fee kept; empty for none"
        value={draft.fee}
        problem={problems.fee}
        onChange={(fee) => onChange({ fee })}
      />
      <Check
        label="Pay back the tax on it too"
        value={draft.withTax}
        onChange={(withTax) => onChange({ withTax })}
      />
      <Reason draft={draft} problems={problems} onChange={onChange} />
    </>
  );
}

function TransferFields({ begun, draft, problems, onChange }: ActFormProps) {
  return (
    <>
      <LotLeft begun={begun} />
      <Text
        label="Units; empty for all that are left"
        value={draft.units}
        problem={problems.units ?? problems.lot}
        onChange={(units) => onChange({ units })}
      />
      <Text
        label="To customer; empty for the same"
        value={draft.toCustomer}
        problem={problems.to_customer}
        onChange={(toCustomer) => onChange({ toCustomer })}
      />
      <Text
        label="To wallet; empty for the same"
        value={draft.toWallet}
        problem={problems.to_wallet ?? problems.wallet}
        onChange={(toWallet) => onChange({ toWallet })}
      />
      <Reason draft={draft} problems={problems} onChange={onChange} />
    </>
  );
}

function ExtendFields({ begun, draft, problems, onChange }: ActFormProps) {
  return (
    <>
      <LotLeft begun={begun} />
      <Text
        label="Last day of use"
        hint="2026-12-31"
        value={draft.lastDay}
        problem={problems.expires_at ?? problems.lot}
        onChange={(lastDay) => onChange({ lastDay })}
      />
      <Reason draft={draft} problems={problems} onChange={onChange} />
    </>
  );
}

function AdjustFields({ begun, draft, problems, onChange }: ActFormProps) {
  return (
    <>
      <LotLeft begun={begun} />
      <Text
        label="Units to add; with a minus, to take away"
        value={draft.units}
        problem={problems.units ?? problems.lot}
        onChange={(units) => onChange({ units })}
      />
      <Select
        label="Against"
        value={draft.counter}
        onChange={(counter) => onChange({ counter })}
        choices={[
          ["concession", "a concession to the customer (4910)"],
          ["promotion", "an expense of promotion (5000)"],
          ["liability", "the contract liability itself: units change, money does not"],
        ]}
      />
      {draft.counter !== "liability" && (
        <div className={css.beside}>
          <Text
            label="Worth of added units"
            value={draft.worth}
            problem={problems.worth}
            onChange={(worth) => onChange({ worth })}
          />
          <Text
            label="Currency"
            value={draft.currency}
            onChange={(currency) => onChange({ currency: currency.toUpperCase() })}
          />
        </div>
      )}
      <Text
        label="Approved by"
        value={draft.approver}
        problem={problems.approver}
        onChange={(approver) => onChange({ approver })}
      />
      <Reason draft={draft} problems={problems} onChange={onChange} />
    </>
  );
}

function LotLeft({ begun }: { readonly begun: Begun }) {
  if (begun.act === "grant") {
    return null;
  }
  const { lot, wallet } = begun;
  return (
    <p className={css.left}>
      <Amount value={lot.left} /> {wallet.unit} left
      {/[1-9]/.test(lot.held) && (
        <>
          , <Amount value={lot.held} /> of them held
        </>
      )}
      {lot.carrying !== null && lot.currency !== null && (
        <>
          , <Amount value={lot.carrying} /> {lot.currency} not yet recognised
        </>
      )}
      .
    </p>
  );
}

function Reason({ draft, problems, onChange }: Omit<ActFormProps, "begun" | "choices">) {
  return (
    <Text
      label="Reason"
      value={draft.reason}
      problem={problems.reason}
      onChange={(reason) => onChange({ reason })}
    />
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly onChange: (value: string) => void;
}

function Text({ label, value, hint, problem, onChange }: TextProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} problem={problem}>
      <input
        id={id}
        value={value}
        autoComplete="off"
        spellCheck={false}
        placeholder={hint}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.target.value)}
      />
    </Labelled>
  );
}

interface SelectProps extends TextProps {
  readonly choices: readonly (readonly [string, string])[];
}

function Select({ label, value, problem, choices, onChange }: SelectProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} problem={problem}>
      <select
        id={id}
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.target.value)}
      >
        {choices.map(([code, words]) => (
          <option key={code} value={code}>
            {words}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

interface LabelledProps {
  readonly id: string;
  readonly label: string;
  readonly problem: string | undefined;
  readonly children: ReactNode;
}

function Labelled({ id, label, problem, children }: LabelledProps) {
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      {children}
      {problem !== undefined && (
        <p id={`${id}-problem`} className={css.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface CheckProps {
  readonly label: string;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
}

function Check({ label, value, onChange }: CheckProps) {
  return (
    <label className={css.check}>
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}
