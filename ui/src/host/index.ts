/**
 * The only door to the host: what a screen asks, and how it fails. Nothing else imports the bindings
 * as values or anything of Tauri.
 */
import { queryOptions } from "@tanstack/react-query";
import type { Failure } from "../bindings";

export { Channel } from "@tauri-apps/api/core";
export type * from "../bindings";
export { commands } from "../bindings";

/** Whether what was thrown is a failure of a command. */
export function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === "object" && thrown !== null && "what" in thrown && "todo" in thrown;
}

/** What was thrown, as a failure: what is not one is a defect of the program. */
export function asFailure(thrown: unknown): Failure {
  if (isFailure(thrown)) {
    return thrown;
  }
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: "defect",
    what: what.endsWith(".") ? what : `${what}.`,
    kept: "What was committed before is safe.",
    todo: "Try again; if it comes back, report it with these words.",
    retryable: false,
    problems: [],
  };
}

/** A question to the host, under a key that says what is asked. */
export function question<T>(key: readonly unknown[], ask: () => Promise<T>) {
  return queryOptions<T, Failure>({
    queryKey: key,
    queryFn: async () => {
      try {
        return await ask();
      } catch (thrown) {
        throw asFailure(thrown);
      }
    },
  });
}
