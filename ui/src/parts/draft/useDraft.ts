/**
 * The draft that is edited: what is typed is shown at once and saved one saving after the other; what
 * is wrong is told at its field.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import {
  asFailure,
  commands,
  type DesignKind,
  type DraftForm,
  type Failure,
  type FieldProblem,
  question,
} from "../../host";

const draftQuestion = (kind: DesignKind, code: string) =>
  question(["designs", kind, code], () => commands.designForm(kind, code));

export type FieldValues = Readonly<Record<string, string>>;

export interface EditedDraft {
  readonly values: FieldValues;
  readonly problems: readonly FieldProblem[];
  /** As the host counts savings; publishing names it. */
  readonly saved: string;
  /** Whether everything that was typed was sent and checked. */
  readonly isChecked: boolean;
  /** Whether it was kept: what cannot be read is not. */
  readonly isKept: boolean;
  readonly failure: Failure | null;
  /** Sets some fields; an empty text leaves the value out. */
  readonly set: (change: FieldValues) => void;
  /** Leaves out every field whose name begins with this, and sets others. */
  readonly replace: (prefix: string, change?: FieldValues) => void;
}

function valuesOf(form: DraftForm): FieldValues {
  return Object.fromEntries(form.fields.map(({ name, value }) => [name, value]));
}

interface Held {
  readonly values: FieldValues;
  readonly problems: readonly FieldProblem[];
  readonly saved: string;
}

/** The draft of something that is designed; undefined until it is read. */
export function useDraft(kind: DesignKind, code: string): EditedDraft | undefined {
  const client = useQueryClient();
  const read = useQuery(draftQuestion(kind, code));
  const [typed, setTyped] = useState<Held | null>(null);
  const [isChecked, setIsChecked] = useState(true);
  const [isKept, setIsKept] = useState(true);
  const [failure, setFailure] = useState<Failure | null>(null);
  const latest = useRef<Held | null>(null);
  const isSaving = useRef(false);
  const held =
    typed ??
    (read.data === undefined
      ? null
      : { values: valuesOf(read.data), problems: read.data.problems, saved: read.data.saved });

  const save = useCallback(async () => {
    if (isSaving.current) {
      return;
    }
    isSaving.current = true;
    let sent: Held | null = null;
    try {
      while (latest.current !== null && latest.current !== sent) {
        sent = latest.current;
        const fields = Object.entries(sent.values).map(([name, value]) => ({ name, value }));
        const { saved, problems } = await commands.saveDesign(kind, code, sent.saved, fields);
        const next: Held = { values: latest.current.values, problems, saved };
        const isLast = latest.current === sent;
        setIsKept(saved !== sent.saved);
        latest.current = next;
        setTyped(next);
        setFailure(null);
        if (isLast) {
          sent = next;
        }
      }
      setIsChecked(true);
      // Not waited for: what is typed meanwhile is saved by itself.
      for (const key of ["wallets", "designs", "chain"]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    } catch (thrown) {
      setFailure(asFailure(thrown));
    } finally {
      isSaving.current = false;
    }
  }, [client, kind, code]);

  const apply = (values: FieldValues) => {
    if (held === null) {
      return;
    }
    const next = { ...(latest.current ?? held), values };
    latest.current = next;
    setTyped(next);
    setIsChecked(false);
    void save();
  };

  if (held === null) {
    return undefined;
  }
  const now = () => latest.current?.values ?? held.values;
  return {
    ...held,
    isChecked,
    isKept,
    failure,
    set: (change) => apply({ ...now(), ...change }),
    replace: (prefix, change = {}) => {
      const kept = Object.entries(now()).filter(([name]) => !name.startsWith(prefix));
      apply({ ...Object.fromEntries(kept), ...change });
    },
  };
}
