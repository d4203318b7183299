/** The state of something, in a word. */
import type { ReactNode } from "react";
import css from "./Chip.module.css";

/** How a state looks: nothing to do, under way, as it should be, somebody has to look, not yet anything. */
export type ChipLook = "plain" | "accent" | "sound" | "caution" | "dashed";

interface ChipProps {
  readonly look: ChipLook;
  /** Whether a change of it is read out. */
  readonly role?: "status";
  readonly children: ReactNode;
}

export function Chip({ look, role, children }: ChipProps) {
  return (
    <span className={css.chip} data-look={look} role={role}>
      {children}
    </span>
  );
}
