/** What became of a request. */
import type { RequestStanding } from "../../host";
import { Chip, type ChipLook } from "../../parts/Chip";
import { STANDINGS } from "./requests";

const LOOKS: Readonly<Partial<Record<RequestStanding, ChipLook>>> = {
  waiting: "accent",
  stale: "caution",
  approved: "sound",
};

export function StandingChip({ standing }: { readonly standing: RequestStanding }) {
  return <Chip look={LOOKS[standing] ?? "plain"}>{STANDINGS[standing]}</Chip>;
}
