import { expect, test } from "vitest";
import type { Failure } from "./host";
import { ago, wordOf, wordOfPulling } from "./production";

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

test("what keeps a copy from its ledger is told apart", () => {
  const failed = (code: Failure["code"]) =>
    wordOf({
      line: "lost",
      failure: { code, what: "", kept: "", todo: "", retryable: false, problems: [] },
    });
  expect(failed("offline")).toBe("connection lost");
  expect(failed("password_needed")).toBe("password needed");
  expect(failed("storage")).toBe("not up to date");
  expect(wordOf({ line: "connected", failure: null })).toBe("connected");
});

test("a pull says what it brings, and that files come after the operations", () => {
  expect(wordOfPulling({ step: "Asking production", done: "0", total: null })).toBe(
    "asking production",
  );
  expect(wordOfPulling({ step: "Fetching files of usage", done: "3", total: "12" })).toBe(
    "fetching files of usage, 3 of 12",
  );
});
