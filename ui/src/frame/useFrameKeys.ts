/** The keys that work on every screen. The shortcut sheet lists them; both live here. */
import { useEffect } from "react";
import { asFailure, commands, type WorkspaceStatus } from "../host";
import { sayFailure } from "../parts/Toasts";
import { navigate } from "../router";
import { screensOf } from "../screens";
import type { Overlay } from "./Frame";

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

type Status = Pick<WorkspaceStatus, "copy_of">;

export const shortcutsOf = (status: Status): readonly Shortcut[] => [
  { keys: "Ctrl K", does: "Find a screen or an act" },
  ...screensOf(status).map(({ digit, title }) => ({
    keys: `Ctrl ${digit}`,
    does: `Go to ${title}`,
  })),
  { keys: "Alt ←", does: "Go back" },
  { keys: "Alt →", does: "Go forward" },
  { keys: "Esc", does: "Close what lies on top" },
  { keys: "?", does: "Show this sheet" },
  { keys: "Ctrl Q", does: "Close the window" },
];

/** Closes the window as its own button does. */
export function closeWindow(): void {
  commands.closeWindow().catch((thrown) => sayFailure(asFailure(thrown)));
}

/** Whether the key would be typed into something. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

/** What a key does on every screen; none for a key that is the screen's own. */
function actOf(
  event: KeyboardEvent,
  status: Status,
  show: (overlay: Overlay) => void,
): (() => void) | undefined {
  if (event.ctrlKey) {
    const screen = screensOf(status).find(({ digit }) => digit === event.key);
    const acts: Record<string, () => void> = { k: () => show("palette"), q: closeWindow };
    return screen === undefined ? acts[event.key.toLowerCase()] : () => navigate(screen.name);
  }
  if (event.altKey) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    return steps === undefined ? undefined : () => window.history.go(steps);
  }
  return event.key === "?" && !isTyping(event.target) ? () => show("shortcuts") : undefined;
}

export function useFrameKeys(status: Status, show: (overlay: Overlay) => void): void {
  const { copy_of } = status;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const act = actOf(event, { copy_of }, show);
      if (act !== undefined) {
        event.preventDefault();
        act();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [copy_of, show]);
}
