/** Which screen is shown, with what: kept in the address, so that going back works. */
import { useMemo, useSyncExternalStore } from "react";

export interface Route {
  /** Name of the screen, as its folder is called. */
  readonly screen: string;
  /** What the screen shows: filters, the record that is open. */
  readonly params: Readonly<Record<string, string>>;
}

/** Reads `#/ledger?customer=northwind`; an empty address is the overview. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    screen: path === "" ? "overview" : path,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The address of a screen. */
export function hrefOf(screen: string, params: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(params).toString();
  return query === "" ? `#/${screen}` : `#/${screen}?${query}`;
}

/** Goes to a screen. */
export function navigate(screen: string, params: Readonly<Record<string, string>> = {}): void {
  window.location.hash = hrefOf(screen, params);
}

/** Changes what the screen shows without a step to go back over. */
export function replaceParams(params: Readonly<Record<string, string>>): void {
  const { screen } = parseRoute(window.location.hash);
  window.history.replaceState(null, "", hrefOf(screen, params));
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** The route that is shown. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}
