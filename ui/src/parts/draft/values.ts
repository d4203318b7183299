/** Lists among the fields of a form: `alerts[0].code` is the code of the first alert. */

/** The names of a list's items that have values: `alerts[0]`, `alerts[1]`. */
export function itemsOf(values: Readonly<Record<string, string>>, list: string): string[] {
  const found = new Set<number>();
  for (const name of Object.keys(values)) {
    const match = name.startsWith(`${list}[`) ? /^\[(\d+)\]/.exec(name.slice(list.length)) : null;
    if (match?.[1] !== undefined) {
      found.add(Number.parseInt(match[1], 10));
    }
  }
  return [...found].sort((a, b) => a - b).map((index) => `${list}[${index}]`);
}

/** A name for one more item of a list. */
export function nextItem(values: Readonly<Record<string, string>>, list: string): string {
  const last = itemsOf(values, list).at(-1);
  const index = last === undefined ? 0 : Number.parseInt(last.slice(list.length + 1), 10) + 1;
  return `${list}[${index}]`;
}

/** A list of plain texts as fields, in place of what it was. */
export function listFields(list: string, items: readonly string[]): Record<string, string> {
  return Object.fromEntries(items.map((item, index) => [`${list}[${index}]`, item]));
}
