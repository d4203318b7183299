/** Which entries are listed; kept in the address. */
import { type FormEvent, useId } from "react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { words } from "../../parts/words";
import { navigate } from "../../router";

interface LedgerFiltersProps {
  readonly params: Readonly<Record<string, string>>;
  readonly kinds: readonly string[];
}

/** The fields, as they are called in the address. */
const FIELDS = [
  { name: "customer", label: "Customer", width: "12ch", hint: "" },
  { name: "from", label: "Booked from", width: "12ch", hint: "2026-10-01" },
  { name: "to", label: "Booked to", width: "12ch", hint: "2026-10-31" },
  { name: "operation", label: "Operation", width: "14ch", hint: "" },
  { name: "lot", label: "Lot", width: "11ch", hint: "" },
] as const;

export function LedgerFilters({ params, kinds }: LedgerFiltersProps) {
  const kind = useId();
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const filled = [...new FormData(event.currentTarget).entries()].flatMap(([name, value]) =>
      typeof value === "string" && value.trim() !== "" ? [[name, value.trim()] as const] : [],
    );
    navigate("ledger", Object.fromEntries(filled));
  };
  const isFiltered = Object.keys(params).length > 0;
  return (
    // What is typed and not yet applied is forgotten when the address says something else.
    <form key={JSON.stringify(params)} onSubmit={apply} style={{ display: "contents" }}>
      {FIELDS.map(({ name, label, width, hint }) => (
        <Field
          key={name}
          name={name}
          label={label}
          style={{ width }}
          placeholder={hint}
          defaultValue={params[name] ?? ""}
        />
      ))}
      <Field.Label htmlFor={kind} label="Kind">
        <select
          id={kind}
          name="kind"
          defaultValue={params.kind ?? ""}
          onChange={(event) => event.currentTarget.form?.requestSubmit()}
        >
          <option value="">all</option>
          {kinds.map((code) => (
            <option key={code} value={code}>
              {words(code)}
            </option>
          ))}
        </select>
      </Field.Label>
      <Button type="submit">Apply</Button>
      {isFiltered && (
        <Button look="quiet" onClick={() => navigate("ledger")}>
          Show all
        </Button>
      )}
    </form>
  );
}
