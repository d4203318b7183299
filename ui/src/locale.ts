/** The locale in which numbers and dates are written. */

/** English with a day before its month and separators that nobody misreads. */
const FALLBACK = "en-GB";

/** The first of these that is a locale: systems have been seen to call theirs `C`. */
export function usableLocale(...candidates: readonly string[]): string {
  return candidates.find(isLocale) ?? FALLBACK;
}

function isLocale(tag: string): boolean {
  try {
    return tag !== "" && Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
