import { expect, test } from "vitest";
import { usableLocale } from "./locale";

test("what is set comes before what the system says", () => {
  expect(usableLocale("nl-NL", "en-US")).toBe("nl-NL");
  expect(usableLocale("", "de-DE")).toBe("de-DE");
});

test("what is no locale is passed over", () => {
  expect(usableLocale("", "C")).toBe("en-GB");
  expect(usableLocale("not a locale", "POSIX", "fr")).toBe("fr");
});
