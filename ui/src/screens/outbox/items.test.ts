import { expect, test } from "vitest";
import { nameOf } from "./items";

const refund = { kind: "refund_grant", customer: "acme", operation: "r-1", at: "", says: "" };

test("an item is called by what it does at production", () => {
  expect(nameOf({ sort: "act", operations: [refund] })).toBe("Refund to acme");
  expect(nameOf({ sort: "request", operations: [refund] })).toBe("Ask for: Refund to acme");
  expect(nameOf({ sort: "approval", operations: [refund] })).toBe("Approve: Refund to acme");
  expect(nameOf({ sort: "rejection", operations: [] })).toBe("Reject a request");
});
