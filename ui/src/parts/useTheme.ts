/** Which of the two the window wears now, for what cannot ask the style sheet: pictures from the host. */
import { useSyncExternalStore } from "react";
import { useSettings } from "../settings";

const DARK = "(prefers-color-scheme: dark)";

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(DARK);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

export function useTheme(): "light" | "dark" {
  const { settings } = useSettings();
  const isSystemDark = useSyncExternalStore(subscribe, () => window.matchMedia(DARK).matches);
  if (settings.theme === "system") {
    return isSystemDark ? "dark" : "light";
  }
  return settings.theme;
}
