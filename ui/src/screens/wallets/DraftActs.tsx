/** What can be done with a draft: publish it after a look at what it changes, or throw it away. */
import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asFailure, commands, type WalletTypePage } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { say } from "../../parts/Toasts";
import { navigate } from "../../router";
import { Comparison } from "./Comparison";
import type { EditedDraft } from "./useDraft";
import css from "./WalletsScreen.module.css";

interface DraftActsProps {
  readonly page: WalletTypePage;
  readonly draft: EditedDraft;
}

export function DraftActs({ page, draft }: DraftActsProps) {
  const client = useQueryClient();
  const { code } = page.wallet_type;
  const { version } = page.shown;
  const from = draft.values.effective_at ?? page.shown.effective_at;
  const isNew = page.wallet_type.versions.length === 1;
  const leave = async (params: Record<string, string>, said: string) => {
    navigate("wallets", params);
    await client.invalidateQueries();
    say(said);
  };
  const publish = useMutation({
    mutationFn: () => commands.publishWalletDraft(code, draft.saved),
    onSuccess: () =>
      leave(
        { type: code, version: String(version) },
        `Version ${version} of ${code} is published: it takes effect on ${from}.`,
      ),
  });
  const discard = useMutation({
    mutationFn: () => commands.discardWalletDraft(code),
    onSuccess: () => leave(isNew ? {} : { type: code }, `The draft of ${code} is thrown away.`),
  });
  const errors = draft.problems.filter(({ is_error }) => is_error).length;
  return (
    <>
      <span className={css.muted}>{stateOf(draft)}</span>
      <Dialog.Root>
        <Dialog.Trigger render={<Button />}>Discard</Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Backdrop className={dialog.backdrop} />
          <Dialog.Popup className={dialog.popup}>
            <Dialog.Title className={dialog.title}>Throw the draft away</Dialog.Title>
            <div className={css.dialogBody}>
              <p>
                What was typed into version {version} is lost. Published versions stay as they are.
              </p>
              {discard.isError && <FailureNotice failure={asFailure(discard.error)} />}
            </div>
            <div className={css.dialogActs}>
              <Dialog.Close render={<Button />}>Keep it</Dialog.Close>
              <Button onClick={() => discard.mutate()} disabled={discard.isPending}>
                Throw version {version} away
              </Button>
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
      <Dialog.Root>
        <Dialog.Trigger
          render={
            <Button look="primary" disabled={!draft.isChecked || !draft.isKept || errors > 0} />
          }
        >
          Publish
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Backdrop className={dialog.backdrop} />
          <Dialog.Popup className={`${dialog.popup} ${css.popup}`}>
            <Dialog.Title className={dialog.title}>
              Publish version {version} of {code}
            </Dialog.Title>
            <div className={css.dialogBody}>
              <p>
                It takes effect on {from} and cannot be changed from then on. Lots that were granted
                before keep the expiry and the rollover under which they were granted.
              </p>
              <Comparison code={code} version={version} />
              {publish.isError && <FailureNotice failure={asFailure(publish.error)} />}
            </div>
            <div className={css.dialogActs}>
              <Dialog.Close render={<Button />}>Not yet</Dialog.Close>
              <Button look="primary" disabled={publish.isPending} onClick={() => publish.mutate()}>
                Publish version {version} from {from}
              </Button>
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}

function stateOf({ isChecked, isKept }: EditedDraft): string {
  if (!isChecked) {
    return "Not saved yet";
  }
  return isKept ? "Saved" : "Not saved: a value cannot be read";
}
