/** What the person at this machine sets: nothing of it is in the books. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { useChanged } from "../../changed";
import { asFailure, commands, question, type Settings } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Amount, Day } from "../../parts/Figure";
import { settingsQuestion } from "../../queries";
import { useSettings } from "../../settings";
import css from "./SettingsScreen.module.css";

const operatorQuestion = question(["settings", "operator"], () => commands.operatorName());

/** Locales by how they write; an empty one is that of the system. */
const LOCALES = [
  { locale: "", says: "as the system" },
  { locale: "en-GB", says: "1,234.50, 31 Oct 2026" },
  { locale: "en-US", says: "1,234.50, Oct 31, 2026" },
  { locale: "de-DE", says: "1.234,50, 31. Okt. 2026" },
  { locale: "de-CH", says: "1’234.50, 31. Okt. 2026" },
  { locale: "nl-NL", says: "1.234,50, 31 okt 2026" },
  { locale: "fr-FR", says: "1 234,50, 31 oct. 2026" },
] as const;

export function OwnSettings() {
  const { settings, set } = useSettings();
  return (
    <section aria-labelledby="own">
      <h2 id="own">This window</h2>
      <div className={css.fields}>
        <Choice
          label="Colours"
          chosen={settings.theme}
          choices={[
            { value: "system", says: "as the system" },
            { value: "light", says: "light" },
            { value: "dark", says: "dark" },
          ]}
          onChoose={(theme) => set({ ...settings, theme })}
        />
        <Choice
          label="Amounts below zero"
          chosen={settings.negative}
          choices={[
            { value: "minus", says: "with a minus sign" },
            { value: "parentheses", says: "in parentheses" },
          ]}
          onChoose={(negative) => set({ ...settings, negative })}
        />
        <Choice
          label="Numbers and dates"
          chosen={settings.locale}
          choices={LOCALES.map(({ locale, says }) => ({ value: locale, says }))}
          onChoose={(locale) => set({ ...settings, locale })}
        />
        <Choice
          label="Notices of alerts and of finished work"
          chosen={settings.notices}
          choices={[
            { value: "away", says: "while this window is not in front" },
            { value: "never", says: "never" },
          ]}
          onChoose={(notices) => set({ ...settings, notices })}
        />
      </div>
      <p className={css.hint}>
        So it writes <Amount value="-1234.50" /> and <Day day="2026-10-31" />.
      </p>
      <OperatorName settings={settings} />
    </section>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly chosen: Value;
  readonly choices: readonly { readonly value: Value; readonly says: string }[];
  readonly onChoose: (value: Value) => void;
}

function Choice<Value extends string>({ label, chosen, choices, onChoose }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <Field.Label htmlFor={id} label={label}>
      <select
        id={id}
        value={chosen}
        onChange={(event) => {
          const choice = choices.find(({ value }) => value === event.target.value);
          if (choice !== undefined) {
            onChoose(choice.value);
          }
        }}
      >
        {choices.map(({ value, says }) => (
          <option key={value} value={value}>
            {says}
          </option>
        ))}
      </select>
    </Field.Label>
  );
}

function OperatorName({ settings }: { readonly settings: Settings }) {
  const client = useQueryClient();
  const changed = useChanged();
  const operator = useQuery(operatorQuestion);
  const save = useMutation({
    mutationFn: (next: Settings) => commands.setSettings(next),
    onSuccess: async (_, next) => {
      client.setQueryData(settingsQuestion.queryKey, next);
      // Who may decide what is another answer for another person.
      await Promise.all([client.invalidateQueries(operatorQuestion), changed()]);
    },
  });
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get("operator");
    save.mutate({ ...settings, operator: typeof name === "string" ? name.trim() : "" });
  };
  return (
    <form key={settings.operator} onSubmit={apply} style={{ marginTop: "var(--space-4)" }}>
      <div className={css.fields}>
        <Field
          label="Your name, as it is recorded with what you do"
          name="operator"
          placeholder={operator.data?.system ?? ""}
          defaultValue={settings.operator}
          style={{ width: "32ch" }}
        />
        <Button type="submit">Record under this name</Button>
      </div>
      {save.error !== null && <FailureNotice failure={asFailure(save.error)} />}
      {operator.isSuccess && (
        <p className={css.hint} role="status">
          What you do from here on is recorded by <strong>{operator.data.name}</strong>. Nobody
          proves who he is: whoever can write in the folder of a workspace can do everything in it,
          and the audit trail says under which name.
        </p>
      )}
    </form>
  );
}
