/** Which kept preview goes with a request: of those that test what the draft would put into force. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  type AskedDraft,
  type AttachablePreview,
  commands,
  type Failure,
  question,
} from "../../host";

export interface PreviewToGo {
  /** Undefined until they are known. */
  readonly previews: readonly AttachablePreview[] | undefined;
  readonly failure: Failure | null;
  /** The name of the one that was chosen, while it can go. */
  readonly chosen: string | null;
  readonly choose: (name: string) => void;
  /** Nothing is asked for before they are there: what appears then moves the buttons. */
  readonly isLooking: boolean;
}

/** `state` is what the draft is kept as: another one may be tested by other previews. */
export function usePreviewChoice(draft: AskedDraft, state: string, isAsked: boolean): PreviewToGo {
  const [name, choose] = useState("");
  const found = useQuery({
    ...question(["preview", "attachable", draft, state], () => commands.attachablePreviews(draft)),
    staleTime: 0,
    enabled: isAsked,
  });
  const chosen = found.data?.some((preview) => preview.name === name) === true ? name : null;
  const isLooking = isAsked && found.isPending;
  return { previews: found.data, failure: found.error, chosen, choose, isLooking };
}
