/** When a lot ends: a rule, and what the rule asks for. */
import { Choice, type Option, PlaceProblem, Row, Text, useEdited } from "../../parts/draft/fields";

interface ExpiryFieldsProps {
  readonly name: string;
  readonly label: string;
  /** Whether the rule may be left to the wallet type's own. */
  readonly ownRule?: boolean;
}

const RULES: readonly Option[] = [
  { value: "never", label: "never" },
  { value: "after", label: "after a time" },
  { value: "end_of_billing_period", label: "with the billing period" },
  { value: "end_of_contract", label: "with the contract" },
  { value: "after_inactivity", label: "when it is not used" },
  { value: "on", label: "on a date" },
];

export function ExpiryFields({ name, label, ownRule = false }: ExpiryFieldsProps) {
  const { values, replace } = useEdited();
  const usual = ownRule ? "" : "never";
  const rule = values[`${name}.rule`] ?? usual;
  const own: Option = { value: "", label: "by the wallet type's own rule" };
  const choose = (value: string) => {
    const asks =
      value === "after" || value === "after_inactivity"
        ? { [`${name}.months`]: value === "after" ? "12" : "3" }
        : {};
    replace(`${name}.`, value === "" ? {} : { [`${name}.rule`]: value, ...asks });
  };
  return (
    <>
      <Row>
        <Choice
          name={`${name}.rule`}
          label={label}
          usual={usual}
          options={ownRule ? [own, ...RULES] : RULES}
          onChoose={choose}
        />
        {(rule === "after" || rule === "after_inactivity") && (
          <>
            <Text name={`${name}.months`} label="Months" hint="0" width="8ch" />
            <Text name={`${name}.days`} label="Days" hint="0" width="8ch" />
          </>
        )}
        {rule === "on" && <Text name={`${name}.at`} label="From the start of" hint="2027-01-01" />}
      </Row>
      <PlaceProblem name={name} />
    </>
  );
}
