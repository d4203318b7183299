/** What an operator is told of: one condition each. */
import { Plus, X } from "lucide-react";
import { Button } from "../../parts/Button";
import draft from "../../parts/draft/Draft.module.css";
import { PlaceProblem, Row, Text, useEdited } from "../../parts/draft/fields";
import { itemsOf, nextItem } from "../../parts/draft/values";
import { Field } from "../../parts/Field";

const CONDITIONS = [
  { member: "below", label: "less than units are left", usual: "100" },
  { member: "below_percent", label: "less than per cent are left", usual: "20" },
  { member: "expiring_within.days", label: "units expire within days", usual: "30" },
  { member: "runs_out_within.days", label: "it runs out within days", usual: "14" },
  { member: "spike.factor", label: "a day burns times the week's mean", usual: "3" },
] as const;

export function AlertFields() {
  const { values, set, replace } = useEdited();
  const alerts = itemsOf(values, "alerts");
  return (
    <>
      {alerts.map((name) => (
        <AlertRow key={name} name={name} onRemove={() => replace(`${name}.`)} />
      ))}
      <Button
        look="quiet"
        onClick={() => {
          const name = nextItem(values, "alerts");
          const codes = alerts.map((alert) => values[`${alert}.code`]);
          const code = codes.includes("low") ? `alert-${alerts.length + 1}` : "low";
          set({ [`${name}.code`]: code, [`${name}.below`]: "100" });
        }}
      >
        <Plus aria-hidden="true" />
        Add an alert
      </Button>
      <PlaceProblem name="alerts" />
    </>
  );
}

interface AlertRowProps {
  readonly name: string;
  readonly onRemove: () => void;
}

function AlertRow({ name, onRemove }: AlertRowProps) {
  const { values, replace } = useEdited();
  const chosen = CONDITIONS.find(({ member }) => `${name}.${member}` in values) ?? CONDITIONS[0];
  const code = values[`${name}.code`] ?? "";
  return (
    <>
      <Row>
        <Text name={`${name}.code`} label="Alert" />
        <Field.Label htmlFor={`${name}-condition`} label="When">
          <select
            id={`${name}-condition`}
            value={chosen.member}
            onChange={(event) => {
              const next = CONDITIONS.find(({ member }) => member === event.target.value);
              if (next !== undefined) {
                replace(`${name}.`, {
                  [`${name}.code`]: code,
                  [`${name}.${next.member}`]: next.usual,
                });
              }
            }}
          >
            {CONDITIONS.map(({ member, label }) => (
              <option key={member} value={member}>
                {label}
              </option>
            ))}
          </select>
        </Field.Label>
        <Text name={`${name}.${chosen.member}`} label="How many" width="9ch" />
        <Button
          look="quiet"
          className={draft.remove}
          aria-label={`Remove alert ${code}`}
          onClick={onRemove}
        >
          <X aria-hidden="true" />
        </Button>
      </Row>
      <PlaceProblem name={name} />
    </>
  );
}
