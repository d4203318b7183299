/** What is typed into a cell: a text, or what is to be done to every cell of the range. */
import { parseDecimal } from "../../../format/decimal-input";
import type { CellEdit as RangeEdit } from "../../../host";

/** A number as a person types it, as the sheet keeps it; what is none stays as it was typed. */
export function kept(text: string, isNumber: boolean, locale: string): string {
  const trimmed = text.trim();
  if (!isNumber || trimmed === "") {
    return trimmed;
  }
  const read = parseDecimal(trimmed, { locale, currency: "none" });
  return read.ok ? read.value : trimmed;
}

const FORMS: readonly {
  readonly form: RegExp;
  readonly edit: (number: string) => RangeEdit;
}[] = [
  { form: /^[x×*]\s*(\S+)$/i, edit: (factor) => ({ edit: "times", factor }) },
  { form: /^round\s+(?:to\s+)?(\S+)$/i, edit: (step) => ({ edit: "round_to", step }) },
  { form: /^([+\-−]\s*\S+?)\s*%$/, edit: (percent) => ({ edit: "percent", percent }) },
  { form: /^([+\-−]\s*\S+)$/, edit: (amount) => ({ edit: "plus", amount }) },
  { form: /^(\S+)$/, edit: (value) => ({ edit: "set", value }) },
];

/**
 * `= x 1.05`, `= +5 %`, `= -0.10`, `= round 0.05`, `= 2.50`: what is to be done to a range. Null when the
 * text does not begin with `=`; a sentence when it does and says nothing that is known.
 */
export function rangeEditOf(text: string, locale: string): RangeEdit | string | null {
  const trimmed = text.trim();
  if (!trimmed.startsWith("=")) {
    return null;
  }
  const body = trimmed.slice(1).trim();
  for (const { form, edit } of FORMS) {
    const number = form.exec(body)?.[1];
    if (number !== undefined) {
      const read = parseDecimal(number.replaceAll(" ", ""), { locale, currency: "none" });
      return read.ok ? edit(read.value) : read.problem.message;
    }
  }
  return "After = comes x 1.05, +5 %, -0.10, round 0.05 or a number.";
}

/** What a range edit does, in words. */
export function inWords(edit: RangeEdit): string {
  switch (edit.edit) {
    case "set":
      return `set to ${edit.value}`;
    case "times":
      return `times ${edit.factor}`;
    case "percent":
      return `${edit.percent} %`;
    case "plus":
      return `plus ${edit.amount}`;
    case "round_to":
      return `round to ${edit.step}`;
  }
}
