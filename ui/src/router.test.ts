import { describe, expect, test } from "vitest";
import { hrefOf, parseRoute } from "./router";

describe("the address of a screen", () => {
  test("an empty address is the overview", () => {
    expect(parseRoute("")).toEqual({ screen: "overview", params: {} });
    expect(parseRoute("#/")).toEqual({ screen: "overview", params: {} });
  });

  test("what is written is read back, whatever is in it", () => {
    const params = { customer: "a&b=c d", note: "100 % ?#" };
    expect(parseRoute(hrefOf("ledger", params))).toEqual({ screen: "ledger", params });
    expect(parseRoute(hrefOf("ledger"))).toEqual({ screen: "ledger", params: {} });
  });
});
