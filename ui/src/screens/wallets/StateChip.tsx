/** How far a version has come. */
import type { WalletVersionState } from "../../host";
import { Chip, type ChipLook } from "../../parts/Chip";

const LOOKS: Readonly<Partial<Record<WalletVersionState, ChipLook>>> = {
  live: "sound",
  scheduled: "accent",
  draft: "dashed",
};

export function StateChip({ state }: { readonly state: WalletVersionState }) {
  return <Chip look={LOOKS[state] ?? "plain"}>{state}</Chip>;
}
