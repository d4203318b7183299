/** What becomes of answers that were given before the workspace changed. */
import { type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { recentQuestion, settingsQuestion } from "./queries";

/** The last preview that was run here: it says itself what it was run on, and is never asked again. */
export const PREVIEW_RUN_KEY = ["preview-run"];

/** Questions that do not ask of the workspace, or ask of one state of it for good. */
const KEPT: readonly unknown[] = [
  settingsQuestion.queryKey[0],
  recentQuestion.queryKey[0],
  PREVIEW_RUN_KEY[0],
  "books",
  "keychain",
  "templates",
];

const asksOfTheWorkspace = ({ queryKey }: Query) => !KEPT.includes(queryKey[0]);

/**
 * Others changed it: everything is asked again when it is next looked at, and stands as it was until the answer
 * is there.
 */
export function readAgain(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ predicate: asksOfTheWorkspace });
}

/**
 * The person at this window changed it: what is on the screen is asked again, and what other screens had found is
 * forgotten. Nobody who has just published a draft is shown it in a list, and can open it, for as long as the list
 * takes to be read.
 */
export function forget(client: QueryClient): Promise<void> {
  client.removeQueries({ type: "inactive", predicate: asksOfTheWorkspace });
  return readAgain(client);
}

/** What to call after a change that was made in this window. */
export function useChanged(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(() => forget(client), [client]);
}
