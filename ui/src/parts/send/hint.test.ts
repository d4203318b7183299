import { expect, test } from "vitest";
import type { ItemSort } from "../../host";
import { hintOf } from "./hint";

function item(sort: ItemSort, kind: string, ...customers: string[]) {
  const operations = [{ kind, customer: null, operation: kind, at: "", says: "" }];
  return { sort, operations, customers };
}

test("what waits is counted by what it does and for whom", () => {
  const grant = item("act", "grant_credits", "acme");
  expect(hintOf([grant])).toBe("1 grant of acme waits");
  expect(hintOf([grant, grant])).toBe("2 grants of acme wait");
  expect(hintOf([grant, item("act", "grant_credits", "globex")])).toBe("2 grants wait");
  expect(
    hintOf([grant, item("act", "apply_configuration"), item("request", "refund_grant", "acme")]),
  ).toBe("1 grant of acme, 1 configuration and 1 request of acme wait");
});
