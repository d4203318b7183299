/** Where what is designed has its page. */
import type { DesignKind } from "../../host";
import { navigate } from "../../router";

interface Place {
  readonly screen: "wallets" | "cards";
  readonly params: Readonly<Record<string, string>>;
}

const NAMES = { wallet_type: "type", plan: "plan", conversion: "conversion" } as const;

/** The page of something that is designed; of one of its versions, if one is named. */
export function placeOf(kind: DesignKind, code: string, version: number | null): Place {
  return {
    screen: kind === "conversion" ? "cards" : "wallets",
    params: {
      [NAMES[kind]]: code,
      ...(version === null ? {} : { version: String(version) }),
    },
  };
}

/** The list that it is in. */
export function listOf(kind: DesignKind): Place {
  return kind === "conversion"
    ? { screen: "cards", params: { chain: "all" } }
    : { screen: "wallets", params: {} };
}

export function go({ screen, params }: Place): void {
  navigate(screen, params);
}
