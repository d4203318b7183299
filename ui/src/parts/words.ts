/** Codes of the books, in words. */
export function words(code: string): string {
  return code.replaceAll("_", " ").replaceAll("-", " ");
}
