/** Cells as spreadsheets put them on the clipboard: tabs between cells, line ends between rows. */

function quoted(text: string): string {
  return /[\t\r\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A block of cells as text; a spreadsheet and `read_pasted` take it as it is. */
export function blockText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(quoted).join("\t")).join("\r\n");
}
