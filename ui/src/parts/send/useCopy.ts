/** Whether the open workspace is a copy of a production ledger: then what is done is done there. */
import { useQuery } from "@tanstack/react-query";
import { commands, question } from "../../host";
import { statusQuestion } from "../../queries";

export interface Copy {
  /** The ledger as people call it. */
  readonly ledger: string;
  /** Whether it is known how to reach it. */
  readonly isConnected: boolean;
}

/** How the copy reaches its ledger; null where that is not known. */
export const connectionQuestion = question(["production", "connection"], () =>
  commands.productionConnection(),
);

/** What waits in the outbox of the copy. */
export const outboxQuestion = question(["outbox", "all"], () => commands.outbox());

export function useCopy(): Copy | null {
  const status = useQuery(statusQuestion);
  const ledger = status.data?.copy_of ?? null;
  const connection = useQuery({
    ...connectionQuestion,
    enabled: ledger !== null,
    // It may have been made or forgotten anywhere.
    staleTime: 0,
  });
  return ledger === null ? null : { ledger, isConnected: connection.data != null };
}
