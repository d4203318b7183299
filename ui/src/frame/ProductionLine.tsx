/** Of which ledger the books are a copy, how old it is, and whether the ledger answers. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { readAgain } from "../changed";
import type { ProductionState, WorkspaceStatus } from "../host";
import { Moment } from "../parts/Figure";
import { ago, useProduction, wordOf, wordOfPulling } from "../production";
import { hrefOf } from "../router";
import css from "./ProductionLine.module.css";

/** Below this age, in seconds, the hour tells the day. */
const TODAY = 12 * 3600;

export function ProductionLine({ status }: { readonly status: WorkspaceStatus }) {
  const client = useQueryClient();
  const state = useProduction(
    status,
    useCallback(() => void readAgain(client), [client]),
  );
  if (status.copy_of === null) {
    return (
      <span title="The books are on this machine, and no production ledger is connected.">
        offline
      </span>
    );
  }
  return (
    <a
      className={css.line}
      href={hrefOf("production")}
      title={`These books are a copy of ${status.copy_of}`}
    >
      <span className={css.place}>copy of {status.copy_of}</span>
      {state !== null && (
        <>
          <span className={css.age}>
            {state.as_of === null ? (
              "not whole yet"
            ) : (
              <>
                as of{" "}
                <Moment
                  at={state.as_of}
                  zone={status.zone ?? "UTC"}
                  precision={state.age < TODAY ? "time" : "minute"}
                />
                , {ago(state.age)}
              </>
            )}
          </span>
          <span className={css.state} data-line={state.line}>
            {stateOf(state)}
          </span>
        </>
      )}
    </a>
  );
}

/** What the line does, where it does something; else how it is. */
function stateOf(state: ProductionState): string {
  if (state.pulling !== null) {
    return wordOfPulling(state.pulling);
  }
  return state.line === "connected" && state.behind !== "0"
    ? `connected, ${state.behind} not here yet`
    : wordOf(state);
}
