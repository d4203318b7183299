/** Keeps what is typed in its draft: by itself after a pause, and at once before it is published. */
import { useCallback, useEffect, useRef, useState } from "react";
import { asFailure, commands, type Failure, type Sheet, type SheetPlace } from "../../host";
import type { Line } from "./model/columns";
import { typedSheet } from "./typedSheet";

interface Kept {
  readonly place: SheetPlace;
  readonly effectiveAt: string;
  readonly note: string;
  readonly lines: readonly Line[];
}

export interface Saved {
  readonly state: "saved" | "typed" | "saving" | "failed";
  /** Counts the savings. */
  readonly saved: string;
  readonly savedAt: string;
  readonly failure: Failure | null;
  /** Saves what is not saved yet; the count of the draft as it then is, or null when it failed. */
  readonly save: () => Promise<string | null>;
}

/** A pause in typing after which it is saved. */
const PAUSE_MS = 1_000;

export function useSaved(sheet: Sheet, now: Kept): Saved {
  const { place, effectiveAt, note, lines } = now;
  const [state, setState] = useState<Saved["state"]>("saved");
  const [failure, setFailure] = useState<Failure | null>(null);
  const [savedAt, setSavedAt] = useState(sheet.draft?.saved_at ?? "");
  const count = useRef(sheet.draft?.saved ?? "0");
  const done = useRef<Kept>(now);
  const latest = useRef<Kept>(now);
  latest.current = now;
  const running = useRef<Promise<string | null>>(Promise.resolve(null));

  const write = useCallback(async (): Promise<string | null> => {
    const kept = latest.current;
    if (isSame(kept, done.current)) {
      return count.current;
    }
    setState("saving");
    const typed = typedSheet({ sheet, ...kept });
    try {
      const saved = await commands.saveCardSheet(typed, count.current, kept.note);
      count.current = saved.saved;
      done.current = kept;
      setSavedAt(saved.saved_at);
      setFailure(null);
      setState(isSame(latest.current, kept) ? "saved" : "typed");
      return saved.saved;
    } catch (thrown) {
      setFailure(asFailure(thrown));
      setState("failed");
      return null;
    }
  }, [sheet]);
  // One after the other: each names the count that the one before it made.
  const save = useCallback(() => {
    running.current = running.current.then(write, write);
    return running.current;
  }, [write]);

  useEffect(() => {
    const kept = { place, effectiveAt, note, lines };
    if (isSame(kept, done.current)) {
      return;
    }
    setState("typed");
    const timer = setTimeout(save, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [place, effectiveAt, note, lines, save]);
  // Who leaves the sheet in the middle of a pause has typed it all the same.
  useEffect(() => () => void save(), [save]);
  return { state, saved: count.current, savedAt, failure, save };
}

function isSame(a: Kept, b: Kept): boolean {
  return a.lines === b.lines && a.effectiveAt === b.effectiveAt && a.note === b.note;
}
