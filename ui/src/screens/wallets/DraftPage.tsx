/** A draft of a wallet type: its form at the left, what it does to an example at the right. */
import type { WalletTypePage } from "../../host";
import { DraftActs } from "../../parts/draft/DraftActs";
import { useDraft } from "../../parts/draft/useDraft";
import { Page } from "../../parts/Page";
import { Comparison } from "./Comparison";
import { DraftPane } from "./DraftPane";
import { ExamplePane } from "./ExamplePane";
import { useExample } from "./useExample";
import { titleOf, Versions } from "./Versions";
import css from "./WalletsScreen.module.css";

export function DraftPage({ page }: { readonly page: WalletTypePage }) {
  const { code } = page.wallet_type;
  const { version } = page.shown;
  const draft = useDraft("wallet_type", code);
  const { isChanged, reset, ...trial } = useExample(code, version, page.example);
  return (
    <Page
      title={titleOf(page)}
      fills
      state={<Versions page={page} />}
      acts={
        draft !== undefined && (
          <DraftActs
            kind="wallet_type"
            code={code}
            version={version}
            isNew={page.wallet_type.versions.length === 1}
            draft={draft}
          >
            <p>
              Lots that were granted before keep the expiry and the rollover under which they were
              granted.
            </p>
            <Comparison code={code} version={version} />
          </DraftActs>
        )
      }
    >
      <div className={css.panes}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={css.pane} aria-label="Draft" tabIndex={0}>
          <DraftPane page={page} draft={draft} steps={trial.outcome.data?.steps ?? []} />
        </section>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={css.pane} aria-label="Example" tabIndex={0}>
          <ExamplePane
            code={code}
            version={version}
            trial={trial}
            onReset={isChanged ? reset : undefined}
          />
        </section>
      </div>
    </Page>
  );
}
