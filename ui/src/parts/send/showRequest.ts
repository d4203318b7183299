/** Who asked at production is shown the request; it has come with the pull. */
import type { OutboxItem } from "../../host";
import { navigate } from "../../router";

export function showRequest({ sort, request }: OutboxItem, isDone: boolean): boolean {
  const isThere = isDone && sort === "request" && request !== null;
  if (isThere) {
    navigate("approvals", { request });
  }
  return isThere;
}
