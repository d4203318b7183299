/** Which report of which months: read from the address, and written to it. */
import type { AskedReport, ReportChoices } from "../../host";

/** A report that can be chosen, as it is called in the address and to people. */
export const REPORTS = [
  { name: "roll-forward", title: "Roll-forward" },
  { name: "waterfall", title: "Waterfall" },
  { name: "revenue", title: "Recognised revenue" },
  { name: "units", title: "Units" },
  { name: "trial-balance", title: "Trial balance" },
  { name: "journal", title: "Journal" },
] as const;

/** The question that the address asks; what it leaves open is the month of the last entry. */
export function askedOf(
  params: Readonly<Record<string, string>>,
  { months, lastDay, asOf }: { months: readonly string[]; lastDay: string; asOf: string | null },
): AskedReport {
  const known = (month: string | undefined) =>
    month !== undefined && months.includes(month) ? month : undefined;
  const last = known(lastDay.slice(0, 7)) ?? months[0] ?? lastDay.slice(0, 7);
  const to = known(params.to) ?? known(params.from) ?? last;
  const from = known(params.from) ?? to;
  const report = REPORTS.find(({ name }) => name === params.report)?.name ?? "roll-forward";
  return {
    report,
    by: params.by ?? null,
    from: from <= to ? from : to,
    to,
    as_of: asOf,
  };
}

/** The address of a question. */
export function paramsOf({ report, by, from, to }: AskedReport): Record<string, string> {
  return { report, from, to, ...(by === null ? {} : { by }) };
}

/** Whether it is asked line by line, and read as a long list. */
export function isLineByLine({ report, by }: AskedReport): boolean {
  return report === "journal" && (by === null || by === "line");
}

/** What the rows of a report may be. */
export function breakdownsOf(report: string, choices: ReportChoices) {
  if (report === "roll-forward") {
    return choices.roll_forward_by;
  }
  if (report === "journal") {
    return choices.journal_by;
  }
  return report === "revenue" ? choices.revenue_by : [];
}

/**
 * The period of the same length just before or just after; null where the books have none.
 * `months` has the latest first.
 */
export function shifted(
  { from, to }: { readonly from: string; readonly to: string },
  by: "earlier" | "later",
  months: readonly string[],
): { from: string; to: string } | null {
  const [first, last] = [months.indexOf(from), months.indexOf(to)];
  const length = first - last + 1;
  const step = by === "earlier" ? length : -length;
  const [next, end] = [months[first + step], months[last + step]];
  return next === undefined || end === undefined ? null : { from: next, to: end };
}

/** The last day of a month. */
export function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const days = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return `${month}-${days}`;
}
