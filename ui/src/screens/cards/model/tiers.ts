/** Tiers as one text, so that they are copied, filled and pasted like any other cell. */
import type { SheetTier } from "../../../host";

/** `to 1000: 2; above: 1 per 10 and 5 once`, as the host writes them when it compares. */
export function tiersText(tiers: readonly SheetTier[]): string {
  return tiers
    .map((tier) => {
      const bound = tier.up_to.trim() === "" ? "above" : `to ${tier.up_to}`;
      const per = ["", "1"].includes(tier.per.trim()) ? "" : ` per ${tier.per.trim()}`;
      const flat = tier.flat.trim() === "" ? "" : ` and ${tier.flat.trim()} once`;
      return `${bound}: ${tier.price.trim()}${per}${flat}`;
    })
    .join("; ");
}

const TIER =
  /^(?:to\s+(?<up_to>\S+)|above)\s*:\s*(?<price>\S*?)(?:\s+per\s+(?<per>\S+))?(?:\s+and\s+(?<flat>\S+)\s+once)?$/;

/** Reads what `tiersText` wrote; null when it is something else. */
export function readTiers(text: string): SheetTier[] | null {
  if (text.trim() === "") {
    return [];
  }
  const tiers: SheetTier[] = [];
  for (const part of text.split(";")) {
    const groups = TIER.exec(part.trim())?.groups;
    if (groups === undefined) {
      return null;
    }
    const { up_to = "", price = "", per = "", flat = "" } = groups;
    tiers.push({ up_to, price, per, flat });
  }
  return tiers;
}
