/** One wallet type: what a version's policies say at the left, what they do to an example at the right. */
import { useQuery } from "@tanstack/react-query";
import type { WalletTypePage } from "../../host";
import { BeginDraft } from "../../parts/draft/BeginDraft";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { hrefOf } from "../../router";
import { Comparison } from "./Comparison";
import { DraftPage } from "./DraftPage";
import { ExamplePane } from "./ExamplePane";
import { Policies } from "./Policies";
import { typeQuestion } from "./questions";
import { useExample } from "./useExample";
import { titleOf, Versions } from "./Versions";
import css from "./WalletsScreen.module.css";

interface TypePageProps {
  readonly code: string;
  /** The one in force where none is named. */
  readonly version: number | null;
}

export function TypePage({ code, version }: TypePageProps) {
  const found = useQuery(typeQuestion(code, version));
  if (found.isSuccess) {
    const { shown, draft } = found.data;
    return draft === shown.version ? (
      <DraftPage key={shown.version} page={found.data} />
    ) : (
      <ReadPage key={shown.version} page={found.data} />
    );
  }
  return (
    <Page title={code} acts={<a href={hrefOf("wallets")}>All wallet types</a>}>
      {found.isError ? (
        <FailureNotice failure={found.error} />
      ) : (
        <Skeleton label="Reading the wallet type" rows={12} />
      )}
    </Page>
  );
}

function ReadPage({ page }: { readonly page: WalletTypePage }) {
  const { code } = page.wallet_type;
  const { version, state } = page.shown;
  const { isChanged, reset, ...trial } = useExample(code, version, page.example);
  return (
    <Page
      title={titleOf(page)}
      fills
      state={<Versions page={page} />}
      acts={<BeginDraft kind="wallet_type" code={code} draft={page.draft} />}
    >
      <div className={css.panes}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={css.pane} aria-label="Policies" tabIndex={0}>
          {page.wallet_type.versions.length > 1 && (
            <details className={css.compare}>
              <summary>
                {state === "live" ? "What it changed" : "Against the version in force"}
              </summary>
              <Comparison code={code} version={version} />
            </details>
          )}
          <Policies policies={page.policies} steps={trial.outcome.data?.steps ?? []} />
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
