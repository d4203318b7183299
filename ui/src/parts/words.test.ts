import { expect, test } from "vitest";
import { sentence } from "./words";

test("a reason is written as a sentence", () => {
  expect(sentence("the books have moved")).toBe("The books have moved.");
  expect(sentence("It is so.")).toBe("It is so.");
});
