/** Going into a workspace, or out of it: what was asked of another one is forgotten. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { WorkspaceStatus } from "./host";
import { recentQuestion, settingsQuestion, statusQuestion } from "./queries";
import { navigate } from "./router";

/** Questions whose answers do not depend on the workspace. */
const KEPT: readonly unknown[] = [
  settingsQuestion.queryKey[0],
  statusQuestion.queryKey[0],
  recentQuestion.queryKey[0],
];

function enter(client: QueryClient, status: WorkspaceStatus | null): void {
  navigate("overview");
  client.removeQueries({ predicate: ({ queryKey }) => !KEPT.includes(queryKey[0]) });
  client.setQueryData(statusQuestion.queryKey, status);
  void client.invalidateQueries(recentQuestion);
}

/** Goes into a workspace; null goes out. */
export function useEnter(): (status: WorkspaceStatus | null) => void {
  const client = useQueryClient();
  return useCallback((status) => enter(client, status), [client]);
}
