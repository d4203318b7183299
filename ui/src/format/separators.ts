/** What a locale writes numbers with, as the runtime's own formatter shows it. */

export interface Separators {
  readonly decimal: string;
  readonly group: string;
  /** Digits in the group next to the decimal sign, and in the groups before it (3 and 2 in India). */
  readonly primaryGroup: number;
  readonly secondaryGroup: number;
  /** The locale's ten digits, zero first. */
  readonly digits: readonly string[];
}

const cache = new Map<string, Separators>();

export function separatorsOf(locale: string): Separators {
  const known = cache.get(locale);
  if (known !== undefined) {
    return known;
  }
  const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, useGrouping: "always" });
  const parts = format.formatToParts("12345678901.5");
  const groups = parts.filter((part) => part.type === "integer").map((part) => part.value.length);
  const primaryGroup = groups.at(-1) ?? 3;
  const plain = new Intl.NumberFormat(locale, { useGrouping: false });
  const found = {
    decimal: parts.find((part) => part.type === "decimal")?.value ?? ".",
    group: parts.find((part) => part.type === "group")?.value ?? "",
    primaryGroup,
    secondaryGroup: groups.length > 2 ? (groups.at(-2) ?? primaryGroup) : primaryGroup,
    digits: Array.from("0123456789", (digit) => plain.format(digit as `${number}`)),
  };
  cache.set(locale, found);
  return found;
}
