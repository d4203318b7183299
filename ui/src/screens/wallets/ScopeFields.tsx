/** What a wallet pays for: everything in its unit, or the usage of some meters. */
import { Plus, X } from "lucide-react";
import type { WalletChoices } from "../../host";
import { Button } from "../../parts/Button";
import draft from "../../parts/draft/Draft.module.css";
import { Choice, PlaceProblem, Row, Text, useEdited } from "../../parts/draft/fields";
import { itemsOf, nextItem } from "../../parts/draft/values";

export function ScopeFields({ choices }: { readonly choices: WalletChoices }) {
  const { values, set, replace } = useEdited();
  const rows = itemsOf(values, "scope");
  const cells = (name: string) =>
    Object.keys(values).filter((field) => field.startsWith(`${name}.match.`));
  return (
    <>
      {rows.map((name) => (
        <Row key={name}>
          <Choice
            name={`${name}.meter`}
            label="Usage of"
            usual=""
            options={choices.meters.map(({ code }) => ({ value: code, label: code }))}
          />
          {(choices.meters.find(({ code }) => code === values[`${name}.meter`])?.dimensions ?? [])
            .concat(cells(name).map((field) => field.slice(`${name}.match.`.length)))
            .filter((dimension, n, all) => all.indexOf(dimension) === n)
            .map((dimension) => (
              <Text
                key={dimension}
                name={`${name}.match.${dimension}`}
                label={dimension}
                hint="any"
              />
            ))}
          <Button
            look="quiet"
            className={draft.remove}
            aria-label={`Remove usage of ${values[`${name}.meter`] ?? ""}`}
            onClick={() => replace(`${name}.`)}
          >
            <X aria-hidden="true" />
          </Button>
          <PlaceProblem name={name} />
        </Row>
      ))}
      <Button
        look="quiet"
        disabled={choices.meters.length === 0}
        onClick={() =>
          set({ [`${nextItem(values, "scope")}.meter`]: choices.meters[0]?.code ?? "" })
        }
      >
        <Plus aria-hidden="true" />
        {rows.length === 0 ? "Limit it to some usage" : "Add usage"}
      </Button>
    </>
  );
}
