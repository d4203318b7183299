/** A version of a rate card as a sheet: read when it is published, typed into when it is a draft. */

import { useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useChanged } from "../../changed";
import type { Sheet, SheetPlace } from "../../host";
import { asFailure, commands } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { say } from "../../parts/Toasts";
import { hrefOf, navigate, replaceParams } from "../../router";
import css from "./cards.module.css";
import { DiscardDraft } from "./DiscardDraft";
import { PublishDialog } from "./PublishDialog";
import { Panels } from "./panels/Panels";
import { paramsOf } from "./places";
import { SheetGrid } from "./SheetGrid";
import { SheetTools } from "./SheetTools";
import { StateChip } from "./StateChip";
import { type Saved, useSaved } from "./useSaved";
import { type OpenSheet, useSheet } from "./useSheet";
import { When } from "./When";

interface SheetEditorProps {
  readonly sheet: Sheet;
  readonly place: SheetPlace;
  readonly zone: string;
  readonly params: Readonly<Record<string, string>>;
  readonly onReload: () => void;
}

export function SheetEditor({ sheet, place, zone, params, onReload }: SheetEditorProps) {
  const view = {
    filter: params.filter ?? "",
    find: params.find ?? "",
    group: params.group ?? null,
    hasCosts: params.costs === "yes",
  };
  const open = useSheet(sheet, place, view);
  const { effectiveAt, note, lines } = open;
  const saved = useSaved(sheet, { place, effectiveAt, note, lines });
  const client = useQueryClient();
  const changed = useChanged();
  const finder = useRef<HTMLInputElement>(null);
  const [isPublishing, setPublishing] = useState(false);
  const isDraft = sheet.draft !== null;
  useEffect(
    () => () => {
      void client.invalidateQueries({ queryKey: ["cards", "all"] });
    },
    [client],
  );
  const { report } = open;
  const showPanel = useRef((panel: string) => replaceParams(withParams(params, { panel })));
  showPanel.current = (panel) => replaceParams(withParams(params, { panel }));
  useEffect(() => {
    if (report !== null) {
      showPanel.current("paste");
    }
  }, [report]);
  const onKey = (event: KeyboardEvent) => sheetKey(event, { open, saved, isDraft, finder });
  const onPublished = (version: number) => {
    say(`${sheet.card} version ${version} is published.`);
    void changed();
    navigate("cards", paramsOf({ card: sheet.card, version, draft: null }));
  };
  const onAsked = (request: string) => {
    say("Asked for approval.");
    void changed();
    navigate("approvals", { request });
  };
  const onSent = (version: number, isDone: boolean) =>
    navigate("cards", isDone ? paramsOf({ card: sheet.card, version, draft: null }) : {});
  return (
    <Page
      title={`${sheet.card} version ${sheet.version}`}
      fills
      state={<SheetState sheet={sheet} open={open} saved={saved} zone={zone} />}
      acts={
        <>
          <a className={css.back} href={hrefOf("cards")}>
            All rate cards
          </a>
          {isDraft ? (
            <>
              <DiscardDraft draft={sheet.draft?.name ?? ""} />
              <Button look="primary" onClick={() => setPublishing(true)}>
                Publish…
              </Button>
            </>
          ) : (
            <NewVersion sheet={sheet} />
          )}
        </>
      }
      filters={
        <SheetTools
          open={open}
          params={params}
          isDraft={isDraft}
          costs={sheet.cost_currency}
          finder={finder}
          onParams={(changed) => replaceParams(withParams(params, changed))}
        />
      }
    >
      {saved.failure !== null && (
        <FailureNotice failure={saved.failure}>
          <Button onClick={() => void saved.save()}>Save again</Button>
          {saved.failure.code === "conflict" && (
            <Button onClick={onReload}>Show what is saved, and lose what I typed</Button>
          )}
        </FailureNotice>
      )}
      {open.failure !== null && <FailureNotice failure={open.failure} />}
      {sheet.draft?.is_overtaken === true && (
        <p className={css.notice} role="status">
          The card was published otherwise since this draft was begun, so this draft cannot be
          published. Begin a new version and paste these rates into it.
        </p>
      )}
      {sheet.draft?.request != null && (
        <p className={css.notice} role="status">
          A second person is asked to publish this draft as it was opened here.{" "}
          <a href={hrefOf("approvals", { request: sheet.draft.request })}>Open the request</a>. What
          you change now is not part of it.
        </p>
      )}
      {sheet.draft?.queued != null && (
        <p className={css.notice} role="status">
          This draft waits in the outbox as it was opened here.{" "}
          <a href={hrefOf("outbox", { item: sheet.draft.queued })}>
            Look at number {sheet.draft.queued}
          </a>
          . What you change now is not part of it.
        </p>
      )}
      {open.problem !== null && (
        <p className={css.notice} role="status">
          {open.problem}
        </p>
      )}
      {lines.length === 0 && isDraft && (
        <p className={css.hint}>
          No rates yet. Copy them in a spreadsheet, with the names of the columns in the first row,
          and paste them here with Ctrl V; or add one.
        </p>
      )}
      <SheetGrid
        sheet={open}
        label={`Rates of ${sheet.card} version ${sheet.version}`}
        isReadOnly={!isDraft}
        frozen={frozenOf(params, open)}
        find={view.find}
        onKey={onKey}
      />
      <Panels
        sheet={sheet}
        place={place}
        open={open}
        savedCount={saved.saved}
        zone={zone}
        params={params}
        onParams={(changed) => replaceParams(withParams(params, changed))}
      />
      {isPublishing && (
        <PublishDialog
          sheet={sheet}
          open={open}
          saved={saved}
          onClose={() => setPublishing(false)}
          onPublished={onPublished}
          onAsked={onAsked}
          onSent={onSent}
        />
      )}
    </Page>
  );
}

/** How many columns stay: those up to the one that the address names, else the code. */
function frozenOf(params: Readonly<Record<string, string>>, open: OpenSheet): number {
  return open.columns.findIndex(({ key }) => key === (params.freeze ?? "code")) + 1;
}

function withParams(
  params: Readonly<Record<string, string>>,
  changed: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const all = Object.entries({ ...params, ...changed });
  return Object.fromEntries(all.filter(([, value]) => value !== ""));
}

interface SheetStateProps {
  readonly sheet: Sheet;
  readonly open: OpenSheet;
  readonly saved: Saved;
  readonly zone: string;
}

function SheetState({ sheet, open, saved, zone }: SheetStateProps) {
  const isDraft = sheet.draft !== null;
  const changes = open.checked?.check.changes.length ?? 0;
  const gone = open.checked?.check.gone.length ?? 0;
  return (
    <>
      <StateChip state={sheet.draft?.request == null ? sheet.state : "in_review"} />
      <span>
        {isDraft && sheet.base !== null && `after version ${sheet.base}, `}
        from <When at={open.effectiveAt} zone={zone} />
      </span>
      {sheet.base !== null && changes + gone > 0 && (
        <span>
          {changes} changed{gone > 0 && `, ${gone} removed`}
        </span>
      )}
      {isDraft && (
        <span role="status" className={css.saved}>
          {saved.state === "saved" && saved.savedAt !== "" && (
            <>
              saved <Moment at={saved.savedAt} zone={zone} />
            </>
          )}
          {saved.state === "typed" && "not saved yet"}
          {saved.state === "saving" && "saving"}
          {saved.state === "failed" && "not saved"}
        </span>
      )}
    </>
  );
}

function NewVersion({ sheet }: { readonly sheet: Sheet }) {
  const changed = useChanged();
  const begin = async () => {
    try {
      const place = await commands.beginCardVersion(sheet.card, sheet.version);
      void changed();
      navigate("cards", paramsOf(place));
    } catch (thrown) {
      say(asFailure(thrown).what);
    }
  };
  return (
    <Button look="primary" onClick={() => void begin()}>
      New version from this
    </Button>
  );
}

interface SheetKeys {
  readonly open: OpenSheet;
  readonly saved: Saved;
  readonly isDraft: boolean;
  readonly finder: React.RefObject<HTMLInputElement | null>;
}

/** The keys of the sheet that are not the grid's own. */
function sheetKey(event: KeyboardEvent, { open, saved, isDraft, finder }: SheetKeys): boolean {
  const key = event.key.toLowerCase();
  if (event.altKey || event.metaKey) {
    return false;
  }
  if (event.key === "F3") {
    return open.findNext(event.shiftKey);
  }
  if (event.key === "F8") {
    return goToProblem(open);
  }
  if (event.ctrlKey && key === "f") {
    finder.current?.focus();
    finder.current?.select();
    return true;
  }
  if (!isDraft) {
    return false;
  }
  if (event.key === "Insert" && !event.ctrlKey && !event.shiftKey) {
    open.insert();
    return true;
  }
  const acts: Readonly<Record<string, () => void>> = {
    z: event.shiftKey ? open.redo : open.undo,
    y: open.redo,
    s: () => void saved.save(),
    delete: open.remove,
  };
  const act = event.ctrlKey ? acts[key] : undefined;
  act?.();
  return act !== undefined;
}

/** Goes to the next problem after the selected line, the first after the last. */
function goToProblem(open: OpenSheet): boolean {
  const problems = (open.checked?.problems ?? []).filter(({ id }) => id !== null);
  const order = new Map(open.lines.map(({ id }, n) => [id, n]));
  const here = open.activeLine === null ? -1 : (order.get(open.activeLine.id) ?? -1);
  const next = problems.find(({ id }) => id !== null && (order.get(id) ?? 0) > here) ?? problems[0];
  return next?.id == null ? false : open.goToCell(next.id, next.shownIn);
}
