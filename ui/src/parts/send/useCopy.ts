/** Whether the open workspace is a copy of a production ledger: then what is done is done there. */
import { useQuery } from "@tanstack/react-query";
import { commands, type ProductionState, question } from "../../host";
import { productionQuestion } from "../../production";
import { statusQuestion } from "../../queries";

export interface Copy {
  /** The ledger as people call it. */
  readonly ledger: string;
  /** Whether something can be sent there now. */
  readonly isConnected: boolean;
}

/** What waits in the outbox of the copy. */
export const outboxQuestion = question(["outbox", "all"], () => commands.outbox());

export function useCopy(): Copy | null {
  const status = useQuery(statusQuestion).data ?? null;
  const ledger = status?.copy_of ?? null;
  // The frame asks again and again how the line is.
  const line = useQuery({
    ...productionQuestion(status ?? { folder: "" }),
    enabled: ledger !== null,
  });
  return ledger === null ? null : { ledger, isConnected: isOpen(line.data?.line) };
}

/** A line that has not answered yet is tried. */
function isOpen(line: ProductionState["line"] | undefined): boolean {
  return line === "connected" || line === "connecting";
}
