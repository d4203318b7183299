import { expect, test } from "vitest";
import { ago } from "./production";

test("an age is told in the unit that a person would take", () => {
  expect([0, 1, 2, 12, 119].map(ago)).toEqual([
    "just now",
    "just now",
    "2 s ago",
    "12 s ago",
    "119 s ago",
  ]);
  expect([120, 7199, 7200, 172_800].map(ago)).toEqual([
    "2 min ago",
    "119 min ago",
    "2 h ago",
    "2 days ago",
  ]);
});
