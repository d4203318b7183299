/** Begins a new version of something as a draft, or goes on with the one that there is. */
import { useMutation } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useChanged } from "../../changed";
import { asFailure, commands, type DesignKind } from "../../host";
import { Button } from "../Button";
import { FailureNotice } from "../FailureNotice";
import { go, placeOf } from "./places";

interface BeginDraftProps {
  readonly kind: DesignKind;
  readonly code: string;
  /** The version that may still be edited, if there is a draft. */
  readonly draft: number | null;
}

export function BeginDraft({ kind, code, draft }: BeginDraftProps) {
  const changed = useChanged();
  const begin = useMutation({
    mutationFn: () => commands.beginDesign(kind, code),
    onSuccess: async (version) => {
      await changed();
      go(placeOf(kind, code, version));
    },
  });
  return (
    <>
      {begin.isError && <FailureNotice failure={asFailure(begin.error)} />}
      <Button onClick={() => begin.mutate()} disabled={begin.isPending}>
        <Pencil aria-hidden="true" />
        {draft === null ? "Draft a new version" : `Go on with draft ${draft}`}
      </Button>
    </>
  );
}
