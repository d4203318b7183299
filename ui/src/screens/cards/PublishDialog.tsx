/** Publishing: from when, what it changes, what stands in the way. The act is named by its button. */
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { asFailure, commands, type Failure, type Published, type Sheet } from "../../host";
import { Button } from "../../parts/Button";
import dialog from "../../parts/Dialog.module.css";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { NeedNote } from "../../parts/NeedNote";
import { Skeleton } from "../../parts/Skeleton";
import { PreviewChoice } from "../../parts/send/PreviewChoice";
import { PublishButtons } from "../../parts/send/PublishButtons";
import { Sending } from "../../parts/send/Sending";
import { showRequest } from "../../parts/send/showRequest";
import { useCopy } from "../../parts/send/useCopy";
import { usePreviewChoice } from "../../parts/send/usePreviewChoice";
import { useSend } from "../../parts/send/useSend";
import { publishingNeedsQuestion } from "../../queries";
import css from "./cards.module.css";
import { cellOf } from "./model/columns";
import type { Saved } from "./useSaved";
import type { OpenSheet } from "./useSheet";

interface PublishDialogProps {
  readonly sheet: Sheet;
  readonly open: OpenSheet;
  readonly saved: Saved;
  readonly onClose: () => void;
  readonly onPublished: (version: number) => void;
  /** Told the request when a second person was asked. */
  readonly onAsked: (request: string) => void;
  /** Told that it is done at production, or waits in the outbox. */
  readonly onSent: (version: number, isDone: boolean) => void;
}

/** As many changes are listed; the rest are counted. */
const CHANGES_MAX = 12;

/** A pause in typing after which it is tried. */
const PAUSE_MS = 300;

export function PublishDialog(props: PublishDialogProps) {
  const { sheet, open, saved, onClose, onPublished, onAsked, onSent } = props;
  const needs = useQuery({ ...publishingNeedsQuestion, staleTime: 0 });
  const copy = useCopy();
  const send = useSend((item, isDone) => {
    if (!showRequest(item, isDone)) {
      onSent(sheet.version, isDone);
    }
  });
  const [rehearsal, setRehearsal] = useState<Published | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const draft = sheet.draft?.name ?? "";
  const { effectiveAt, note } = open;
  const { save } = saved;
  const preview = usePreviewChoice(
    { what: "card", draft },
    effectiveAt,
    needs.data != null && rehearsal !== null,
  );
  const grounds = { reason: note.trim() || null, preview: preview.chosen };
  // It is tried again when the date or the note changes, because both are saved first.
  useEffect(() => {
    let isGone = false;
    setRehearsal(null);
    setFailure(null);
    const timer = setTimeout(async () => {
      const count = await save();
      if (count === null || isGone) {
        return;
      }
      try {
        const published = await commands.rehearseCardDraft(draft, count);
        if (!isGone) {
          setRehearsal(published);
        }
      } catch (thrown) {
        if (!isGone) {
          setFailure(asFailure(thrown));
        }
      }
    }, PAUSE_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [draft, effectiveAt, note, save]);
  const act = async (done: (count: string) => Promise<void>) => {
    setBusy(true);
    const count = await save();
    try {
      if (count !== null) {
        await done(count);
      }
    } catch (thrown) {
      setFailure(asFailure(thrown));
    }
    setBusy(false);
  };
  const publish = async (count: string) => {
    await commands.publishCardDraft(draft, count);
    onPublished(sheet.version);
  };
  const ask = async (count: string) =>
    onAsked(await commands.askForCardDraft(draft, count, grounds));
  const put = async (count: string) =>
    send.start(
      { what: "card", draft, saved: count, grounds },
      `${sheet.card} version ${sheet.version} is published`,
    );
  const trouble = saved.failure ?? failure ?? needs.error;
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={`${dialog.popup} ${css.wide}`}>
          <Dialog.Title className={dialog.title}>
            Publish {sheet.card} version {sheet.version}
          </Dialog.Title>
          <div className={css.form}>
            <Field
              label="Takes effect on the day, or at the instant in UTC"
              value={effectiveAt}
              onChange={(event) => open.setEffectiveAt(event.currentTarget.value)}
            />
            <Field
              label="What it is for"
              value={note}
              onChange={(event) => open.setNote(event.currentTarget.value)}
            />
            {trouble !== null && <FailureNotice failure={trouble} />}
            {trouble === null && rehearsal === null && (
              <Skeleton label="Trying what publishing would do" rows={3} />
            )}
            {rehearsal !== null && (
              <Rehearsed published={rehearsal} open={open} base={sheet.base} />
            )}
            {needs.data != null && (
              <>
                <NeedNote need={needs.data} what="Publishing" />
                <PreviewChoice choice={preview} />
              </>
            )}
            <Sending copy={copy} send={send} what="Publishing" needs={needs.data} />
            <div className={css.formActs}>
              <PublishButtons
                needs={needs.data}
                words={`Publish version ${sheet.version} from ${effectiveAt}`}
                isBusy={rehearsal === null || preview.isLooking || isBusy}
                copy={copy}
                send={send}
                onPublish={() => void act(publish)}
                onAsk={() => void act(ask)}
                onSend={() => void act(put)}
              />
              <Dialog.Close render={<Button />}>Keep it a draft</Dialog.Close>
            </div>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface RehearsedProps {
  readonly published: Published;
  readonly open: OpenSheet;
  readonly base: number | null;
}

function Rehearsed({ published, open, base }: RehearsedProps) {
  const changes = changesOf(open);
  const more = changes.length - CHANGES_MAX;
  return (
    <div>
      <h2>What changes{base !== null && ` against version ${base}`}</h2>
      {base === null && <p>The card is new, with {open.lines.length} rates.</p>}
      {base !== null && changes.length === 0 && <p>No rate changes.</p>}
      {base !== null && (
        <ul className={css.lines}>
          {changes.slice(0, CHANGES_MAX).map((change) => (
            <li key={change}>{change}</li>
          ))}
          {more > 0 && <li>and {more} more</li>}
        </ul>
      )}
      {published.warnings.length > 0 && (
        <>
          <h2>Worth knowing</h2>
          <ul className={css.lines}>
            {published.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </>
      )}
      <p>
        A published version is never changed again; the next change of prices is a new version. The
        prices of usage before that day stay as they were.
      </p>
    </div>
  );
}

/** What each changed rate held and holds, in words. */
function changesOf({ checked, lines, columns }: OpenSheet): readonly string[] {
  const names = new Map(columns.map(({ key, name }) => [key, name]));
  const changed = lines.flatMap(({ id, row }) => {
    const change = checked?.changeOf.get(id);
    if (change === undefined) {
      return [];
    }
    if (change.is_new) {
      return [`${row.code}: new`];
    }
    return Object.entries(change.was).map(([column, was]) => {
      const percent = column === "price" && change.percent !== null ? ` (${change.percent} %)` : "";
      const now = cellOf(row, column);
      return `${row.code}: ${names.get(column) ?? column} ${was || "empty"} → ${now || "empty"}${percent}`;
    });
  });
  const gone = (checked?.check.gone ?? []).map((code) => `${code}: removed`);
  return [...changed, ...gone];
}
