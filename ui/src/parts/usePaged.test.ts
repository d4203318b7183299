import { expect, test } from "vitest";
import { isFlown, pagesOf } from "./usePaged";

test("the latest entry is on the last page", () => {
  expect(pagesOf(0, 20, 1000, 200)).toEqual([4]);
  expect(pagesOf(0, 20, 1001, 200)).toEqual([4, 5]);
  expect(pagesOf(980, 1000, 1000, 200)).toEqual([0]);
  expect(pagesOf(190, 210, 1000, 200)).toEqual([3, 4]);
});

test("no place is on no page", () => {
  expect(pagesOf(0, 0, 1000, 200)).toEqual([]);
  expect(pagesOf(0, 20, 0, 200)).toEqual([]);
});

test("the wheel is followed, and a pull at the scroll bar is a flight", () => {
  const seen = (first: number) => ({ first, end: first + 24 });
  expect(isFlown(seen(0), seen(12), 100)).toBe(false);
  expect(isFlown(seen(200), seen(100), 100)).toBe(false);
  expect(isFlown(seen(0), seen(1400), 100)).toBe(true);
  expect(isFlown(seen(1400), seen(0), 100)).toBe(true);
});
