/** The line to the production ledger of a copy: asked often, because nobody waits for the answer. */
import { type QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import {
  commands,
  type Failure,
  type ProductionState,
  type Progress,
  question,
  type WorkspaceStatus,
} from "./host";

/** The host answers at once, and asks the server by itself when it is time to. */
const EVERY_MS = 1000;

/** How the line is, and how fresh the copy; null for a ledger of its own. */
export const productionQuestion = ({ folder }: Pick<WorkspaceStatus, "folder">) =>
  question(["books", "production", folder], () => commands.productionState());

/** How the line is right after something was done about it. */
export function lookAgain(client: QueryClient, status: Pick<WorkspaceStatus, "folder">): void {
  void client.invalidateQueries({ queryKey: productionQuestion(status).queryKey });
  void client.invalidateQueries({ queryKey: ["production"] });
}

/** Follows the line of the open workspace; `onNews` is called when a pull has brought something. */
export function useProduction(
  status: WorkspaceStatus,
  onNews?: () => void,
): ProductionState | null {
  const { data } = useQuery({
    ...productionQuestion(status),
    enabled: status.copy_of !== null,
    refetchInterval: EVERY_MS,
    refetchIntervalInBackground: true,
  });
  const brought = data?.brought;
  const before = useRef(brought);
  useEffect(() => {
    if (brought !== undefined && before.current !== undefined && brought !== before.current) {
      onNews?.();
    }
    before.current = brought ?? before.current;
  }, [brought, onNews]);
  return data ?? null;
}

/** `12 s ago`. */
export function ago(seconds: number): string {
  if (seconds < 2) {
    return "just now";
  }
  if (seconds < 120) {
    return `${seconds} s ago`;
  }
  if (seconds < 7200) {
    return `${Math.floor(seconds / 60)} min ago`;
  }
  if (seconds < 172_800) {
    return `${Math.floor(seconds / 3600)} h ago`;
  }
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** How the line is, in a word or two. */
export function wordOf({ line, failure }: Pick<ProductionState, "line" | "failure">): string {
  switch (line) {
    case "closed":
      return "disconnected";
    case "unknown":
      return "not connected";
    case "lost":
      return LOST[failure?.code ?? "offline"] ?? "not up to date";
    default:
      return line;
  }
}

/** How far the pull that is under way is, in a few words: `pulling operations, 500 of 1310`. */
export function wordOfPulling({ step, done, total }: Pick<Progress, "step" | "done" | "total">) {
  const what = step.charAt(0).toLowerCase() + step.slice(1);
  return done === "0" || total === null ? what : `${what}, ${done} of ${total}`;
}

/** What keeps a copy from its ledger. */
const LOST: Partial<Record<Failure["code"], string>> = {
  offline: "connection lost",
  password_needed: "password needed",
  untrusted: "server not trusted",
  conflict: "another ledger",
  unsound: "differs from the server",
};
