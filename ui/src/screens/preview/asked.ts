/** What is to be previewed: read from the address, and written to it. */
import type { AskedPreview } from "../../host";

/** The most scenarios that one preview compares, by their letters. */
export const LETTERS = ["A", "B", "C", "D"] as const;
export type Letter = (typeof LETTERS)[number];

type Params = Readonly<Record<string, string>>;

/** The scenario that a draft is part of, if it is. */
export function letterOf(params: Params, draft: string): Letter | null {
  return LETTERS.find((letter) => draftsOf(params, letter).includes(draft)) ?? null;
}

/** The drafts of a scenario. */
export function draftsOf(params: Params, letter: Letter): readonly string[] {
  return (params[letter] ?? "").split(" ").filter((draft) => draft !== "");
}

/** The address with a draft in another scenario, or in none. */
export function withDraft(
  params: Params,
  draft: string,
  letter: Letter | null,
): Record<string, string> {
  const next: Record<string, string> = { ...params };
  for (const each of LETTERS) {
    const drafts = draftsOf(params, each).filter((name) => name !== draft);
    if (each === letter) {
      drafts.push(draft);
    }
    if (drafts.length === 0) {
      delete next[each];
    } else {
      next[each] = drafts.join(" ");
    }
  }
  return next;
}

/** The question that the address asks; `month` is the window that it leaves open. */
export function askedOf(
  params: Params,
  month: { readonly from: string; readonly through: string },
): AskedPreview {
  const scenarios = LETTERS.map((name) => ({ name, drafts: [...draftsOf(params, name)] }));
  return {
    scenarios: scenarios.filter(({ drafts }) => drafts.length > 0),
    as_dated: params.dated === "yes",
    from: params.from ?? month.from,
    through: params.through ?? month.through,
    customers: (params.customers ?? "").split(/[\s,]+/).filter((code) => code !== ""),
  };
}

/** The month of a day. */
export function monthOf(day: string): { from: string; through: string } {
  const [year = 0, month = 0] = day.split("-").map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { from: `${day.slice(0, 7)}-01`, through: `${day.slice(0, 7)}-${days}` };
}
