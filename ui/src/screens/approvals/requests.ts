/** What a request asks for, in words, and the questions about one. */
import { commands, question, type RequestLine, type RequestStanding } from "../../host";
import { words } from "../../parts/words";
import { hrefOf } from "../../router";

export const requestsQuestion = question(["approvals", "all"], () => commands.requests());

export const requestQuestion = (request: string) =>
  question(["approvals", "one", request], () => commands.requestInWhole(request));

export const hrefOfRequest = (request: string) => hrefOf("approvals", { request });

export const STANDINGS: Readonly<Record<RequestStanding, string>> = {
  waiting: "waiting",
  stale: "stale",
  lapsed: "lapsed",
  approved: "approved",
  rejected: "rejected",
  withdrawn: "withdrawn",
};

/** What an operation does, as the beginning of a title; its customer comes after it. */
const ACTS: Readonly<Record<string, string>> = {
  apply_configuration: "Publish a configuration",
  grant_credits: "Grant credits to",
  refund_grant: "Refund to",
  transfer_units: "Transfer units of",
  extend_lot: "Extend a lot of",
  adjust_balance: "Adjust a balance of",
  void_lot: "Void a lot of",
  write_off: "Write off a claim on",
  close_period: "Close a period",
};

/** What a request asks for, in a few words. */
export function titleOf({ operations }: Pick<RequestLine, "operations">): string {
  const [first] = operations;
  if (first === undefined) {
    return "Nothing";
  }
  const { kind, customer } = first;
  const told = words(kind);
  const act = ACTS[kind] ?? `${told.charAt(0).toUpperCase()}${told.slice(1)} of`;
  const title = customer === null ? act.replace(/ (of|to|on)$/, "") : `${act} ${customer}`;
  const more = operations.length - 1;
  return more === 0 ? title : `${title} and ${more} more`;
}

/** Whether somebody still has to do something about it. */
export function isWaiting(standing: RequestStanding): boolean {
  return standing === "waiting" || standing === "stale";
}
