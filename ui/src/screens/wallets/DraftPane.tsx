/** The left side of a draft: what is wrong, what it changes, and the form. */
import { useQuery } from "@tanstack/react-query";
import type { ExampleStep, WalletTypePage } from "../../host";
import { DraftProvider } from "../../parts/draft/fields";
import { Problems } from "../../parts/draft/Problems";
import type { EditedDraft } from "../../parts/draft/useDraft";
import { FailureNotice } from "../../parts/FailureNotice";
import { Skeleton } from "../../parts/Skeleton";
import { Comparison } from "./Comparison";
import { PolicyForm } from "./PolicyForm";
import { choicesQuestion } from "./questions";
import css from "./WalletsScreen.module.css";

interface DraftPaneProps {
  readonly page: WalletTypePage;
  readonly draft: EditedDraft | undefined;
  readonly steps: readonly ExampleStep[];
}

export function DraftPane({ page, draft, steps }: DraftPaneProps) {
  const choices = useQuery(choicesQuestion);
  if (choices.isError) {
    return <FailureNotice failure={choices.error} />;
  }
  if (draft === undefined || choices.isPending) {
    return <Skeleton label="Reading the draft" rows={12} />;
  }
  return (
    <DraftProvider value={draft}>
      {draft.failure !== null && <FailureNotice failure={draft.failure} />}
      <Problems draft={draft} />
      <details className={css.compare}>
        <summary>What it changes</summary>
        <Comparison code={page.wallet_type.code} version={page.shown.version} />
      </details>
      <PolicyForm choices={choices.data} policies={page.policies} steps={steps} />
    </DraftProvider>
  );
}
