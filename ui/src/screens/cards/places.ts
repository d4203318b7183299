/** Addresses of sheets, and words that several parts of the screen use. */
import type { CardState, SheetPlace } from "../../host";
import { hrefOf } from "../../router";

export function paramsOf(place: SheetPlace): Readonly<Record<string, string>> {
  return {
    card: place.card,
    version: String(place.version),
    ...(place.draft === null ? {} : { draft: place.draft }),
  };
}

export function hrefOfSheet(place: SheetPlace): string {
  return hrefOf("cards", paramsOf(place));
}

export const STATE_WORDS: Readonly<Record<CardState, string>> = {
  draft: "draft",
  in_review: "in review",
  scheduled: "scheduled",
  live: "live",
  retired: "retired",
};

/** A day or an instant, as it is typed: a day is shorter. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}
