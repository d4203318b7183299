import { expect, test } from "vitest";
import { itemsOf, listFields, nextItem } from "./values";

const VALUES = {
  "alerts[0].code": "low",
  "alerts[0].below": "100",
  "alerts[10].code": "soon",
  "alerts[2].code": "dry",
  "draw_order[0]": "lot_id",
  alerts_of: "another name",
};

test("items are found once each, in the order of their numbers", () => {
  expect(itemsOf(VALUES, "alerts")).toEqual(["alerts[0]", "alerts[2]", "alerts[10]"]);
  expect(itemsOf(VALUES, "draw_order")).toEqual(["draw_order[0]"]);
  expect(itemsOf(VALUES, "scope")).toEqual([]);
});

test("one more item has a number of its own", () => {
  expect(nextItem(VALUES, "alerts")).toBe("alerts[11]");
  expect(nextItem(VALUES, "scope")).toBe("scope[0]");
});

test("a list of texts is a field each", () => {
  expect(listFields("kinds", ["bonus", "purchased"])).toEqual({
    "kinds[0]": "bonus",
    "kinds[1]": "purchased",
  });
});
