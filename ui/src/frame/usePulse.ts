/** Notices what others recorded, on the command line for one, and has everything read again. */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { commands, type WorkspaceStatus } from "../host";
import { pulseQuestion, settingsQuestion, statusQuestion } from "../queries";

/** Asking costs a look at the end of the ledger. */
const EVERY_MS = 3000;

/** Questions that do not ask of the ledger, or ask of one state of it for good. */
const KEPT: readonly unknown[] = [settingsQuestion.queryKey[0], "books", "keychain", "templates"];

/** Has everything that was asked of the ledger asked again: it is another. */
export function readAgain(client: QueryClient): void {
  void client.invalidateQueries({ predicate: ({ queryKey }) => !KEPT.includes(queryKey[0]) });
}

export function usePulse(status: WorkspaceStatus): void {
  const client = useQueryClient();
  const { data: pulse } = useQuery({
    ...pulseQuestion(status),
    refetchInterval: EVERY_MS,
    refetchIntervalInBackground: true,
  });
  const hasMoved = pulse !== undefined && pulse.operations !== status.operations;
  useEffect(() => {
    if (hasMoved) {
      // That nobody can be told is no failure: the alerts stand in the overview.
      void commands.tellAlerts(status.operations).catch(() => undefined);
      readAgain(client);
    }
  }, [client, hasMoved, status.operations]);
  const imports = pulse?.imports;
  const before = useRef(imports);
  useEffect(() => {
    // An import of usage is no operation; only what is in the archive is then another.
    if (imports !== undefined && before.current !== undefined && before.current !== imports) {
      void client.invalidateQueries(statusQuestion);
    }
    before.current = imports ?? before.current;
  }, [client, imports]);
}
