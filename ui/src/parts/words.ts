/** Codes of the books, in words. */
export function words(code: string): string {
  return code.replaceAll("_", " ").replaceAll("-", " ");
}

/** What was said in the middle of a sentence, as one of its own. */
export function sentence(text: string): string {
  const ended = text.endsWith(".") ? text : `${text}.`;
  return `${ended.charAt(0).toUpperCase()}${ended.slice(1)}`;
}
