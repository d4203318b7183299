/** What each policy says, with the steps of the example that are its consequence. */
import type { ExampleStep, WalletPolicy } from "../../host";
import css from "./WalletsScreen.module.css";

interface PoliciesProps {
  readonly policies: readonly WalletPolicy[];
  readonly steps: readonly ExampleStep[];
}

export function Policies({ policies, steps }: PoliciesProps) {
  return (
    <dl className={css.policies}>
      {policies.map(({ policy, title, sentences }) => (
        <div key={policy}>
          <dt>{title}</dt>
          <dd>
            {sentences.map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
            <Consequences steps={steps.filter((step) => step.policy === policy)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** As many steps are named; the rest are counted. */
const NAMED_MAX = 6;

export function Consequences({ steps }: { readonly steps: readonly ExampleStep[] }) {
  if (steps.length === 0) {
    return null;
  }
  const more = steps.length - NAMED_MAX;
  return (
    <p className={css.consequences}>
      {steps.length === 1 ? "Step" : "Steps"}{" "}
      {steps.slice(0, NAMED_MAX).map(({ number, words }) => (
        <a
          key={number}
          href={`#step-${number}`}
          title={words}
          onClick={(event) => {
            event.preventDefault();
            const row = document.getElementById(`step-${number}`);
            row?.scrollIntoView({ block: "center" });
            row?.focus();
          }}
        >
          {number}
        </a>
      ))}
      {more > 0 && <> and {more} more</>} of the example
    </p>
  );
}
