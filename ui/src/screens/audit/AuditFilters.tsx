/** Which operations are listed; kept in the address. */
import { type FormEvent, useId } from "react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { words } from "../../parts/words";
import { navigate } from "../../router";

interface AuditFiltersProps {
  readonly params: Readonly<Record<string, string>>;
  readonly kinds: readonly string[];
  readonly actors: readonly string[];
}

/** The fields, as they are called in the address. */
const FIELDS = [
  { name: "from", label: "Recorded from", hint: "2026-10-01" },
  { name: "to", label: "Recorded to", hint: "2026-10-31" },
  { name: "customer", label: "Customer", hint: "" },
] as const;

export function AuditFilters({ params, kinds, actors }: AuditFiltersProps) {
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const filled = [...new FormData(event.currentTarget).entries()].flatMap(([name, value]) =>
      typeof value === "string" && value.trim() !== "" ? [[name, value.trim()] as const] : [],
    );
    navigate("audit", Object.fromEntries(filled));
  };
  return (
    // What is typed and not yet applied is forgotten when the address says something else.
    <form key={JSON.stringify(params)} onSubmit={apply} style={{ display: "contents" }}>
      {FIELDS.map(({ name, label, hint }) => (
        <Field
          key={name}
          name={name}
          label={label}
          style={{ width: "13ch" }}
          placeholder={hint}
          defaultValue={params[name] ?? ""}
        />
      ))}
      <Choice name="actor" label="Who" chosen={params.actor} choices={actors} say={String} />
      <Choice name="kind" label="What" chosen={params.kind} choices={kinds} say={words} />
      <Button type="submit">Apply</Button>
      {Object.keys(params).length > 0 && (
        <Button look="quiet" onClick={() => navigate("audit")}>
          Show all
        </Button>
      )}
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly chosen: string | undefined;
  readonly choices: readonly string[];
  readonly say: (choice: string) => string;
}

function Choice({ name, label, chosen, choices, say }: ChoiceProps) {
  const id = useId();
  // Until the choices are there, the one of the address is.
  const shown = chosen === undefined || choices.includes(chosen) ? choices : [chosen, ...choices];
  return (
    <Field.Label htmlFor={id} label={label}>
      <select
        id={id}
        name={name}
        defaultValue={chosen ?? ""}
        onChange={(event) => event.currentTarget.form?.requestSubmit()}
      >
        <option value="">all</option>
        {shown.map((choice) => (
          <option key={choice} value={choice}>
            {say(choice)}
          </option>
        ))}
      </select>
    </Field.Label>
  );
}
