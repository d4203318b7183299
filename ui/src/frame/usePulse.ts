/** Notices what others recorded, on the command line for one, and has everything read again. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { readAgain } from "../changed";
import { commands, type WorkspaceStatus } from "../host";
import { pulseQuestion, statusQuestion } from "../queries";

/** Asking costs a look at the end of the ledger. */
const EVERY_MS = 3000;

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
      void readAgain(client);
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
