/** What an item of the outbox is, in words. */
import { commands, type ItemSort, type OutboxItem, question } from "../../host";
import { hrefOf } from "../../router";
import { titleOf } from "../approvals/requests";

export const itemQuestion = (number: string) =>
  question(["outbox", "one", number], () => commands.outboxItem(number));

export const hrefOfItem = (number: string) => hrefOf("outbox", { item: number });

const BEFORE: Readonly<Record<ItemSort, string>> = {
  act: "",
  request: "Ask for: ",
  approval: "Approve: ",
  rejection: "Reject a request",
  withdrawal: "Withdraw a request",
};

/** What is to be done, in a few words. */
export function nameOf({ sort, operations }: Pick<OutboxItem, "sort" | "operations">): string {
  const isBare = sort === "rejection" || sort === "withdrawal";
  return `${BEFORE[sort]}${isBare ? "" : titleOf({ operations: [...operations] })}`;
}
