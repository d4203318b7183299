/** How far a version has come. */
import type { CardState } from "../../host";
import { Chip, type ChipLook } from "../../parts/Chip";
import { STATE_WORDS } from "./places";

const LOOKS: Readonly<Partial<Record<CardState, ChipLook>>> = {
  live: "sound",
  scheduled: "accent",
  in_review: "caution",
  draft: "dashed",
};

export function StateChip({ state }: { readonly state: CardState }) {
  return <Chip look={LOOKS[state] ?? "plain"}>{STATE_WORDS[state]}</Chip>;
}
