/** Which customers are listed; kept in the address. */
import { useEffect, useId, useRef, useState } from "react";
import type { CustomersIndex } from "../../host";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { navigate, replaceParams } from "../../router";

/** Typing rests for so long before the list is asked for. */
const TYPED_MS = 180;

interface ListFiltersProps {
  readonly params: Readonly<Record<string, string>>;
  readonly index: CustomersIndex | undefined;
}

export function ListFilters({ params, index }: ListFiltersProps) {
  const [search, setSearch] = useState(params.search ?? "");
  const asked = useRef(params);
  asked.current = params;
  useEffect(() => {
    const timer = setTimeout(() => {
      if (search.trim() !== (asked.current.search ?? "")) {
        replaceParams(without({ ...asked.current, search: search.trim() }));
      }
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [search]);
  const choose = (name: string) => (value: string) =>
    replaceParams(without({ ...params, [name]: value }));
  const isFiltered = Object.keys(params).length > 0;
  return (
    <>
      <Field
        type="search"
        label="Name or code"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        style={{ width: "28ch" }}
      />
      <Choice
        label="Plan"
        value={params.plan ?? ""}
        choices={index?.plans ?? []}
        onChoose={choose("plan")}
      />
      <Choice
        label="Country"
        value={params.country ?? ""}
        choices={index?.countries ?? []}
        onChoose={choose("country")}
      />
      <Choice
        label="Label"
        value={params.tag ?? ""}
        choices={index?.tags ?? []}
        onChoose={choose("tag")}
      />
      {isFiltered && (
        <Button
          look="quiet"
          onClick={() => {
            setSearch("");
            navigate("customers");
          }}
        >
          Show all
        </Button>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly onChoose: (value: string) => void;
}

function Choice({ label, value, choices, onChoose }: ChoiceProps) {
  const id = useId();
  if (choices.length === 0 && value === "") {
    return null;
  }
  return (
    <Field.Label htmlFor={id} label={label}>
      <select id={id} value={value} onChange={(event) => onChoose(event.target.value)}>
        <option value="">all</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </Field.Label>
  );
}

/** The parameters that say something. */
function without(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ""));
}
