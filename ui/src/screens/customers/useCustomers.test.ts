import { expect, test } from "vitest";
import { pagesOf } from "./useCustomers";

test("the pages in sight are asked for and no others", () => {
  expect(pagesOf(0, 30, 100_000, 100)).toEqual([0]);
  expect(pagesOf(90, 120, 100_000, 100)).toEqual([0, 1]);
  expect(pagesOf(99_990, 100_020, 100_000, 100)).toEqual([999]);
});

test("no place is on no page", () => {
  expect(pagesOf(0, 0, 100, 100)).toEqual([]);
  expect(pagesOf(0, 30, 0, 100)).toEqual([]);
});
