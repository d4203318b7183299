/** Which report, broken down by what, of which months; the months stay when the report changes. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useId } from "react";
import { monthLabel } from "../../format/instant";
import type { AskedReport, ReportChoices } from "../../host";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { hrefOf, navigate } from "../../router";
import { useLocale } from "../../settings";
import { breakdownsOf, paramsOf, REPORTS, shifted } from "./asked";
import css from "./ReportPicker.module.css";

interface ReportPickerProps {
  readonly asked: AskedReport;
  readonly choices: ReportChoices;
}

export function ReportPicker({ asked, choices }: ReportPickerProps) {
  const locale = useLocale();
  const ids = { from: useId(), to: useId(), by: useId() };
  const ask = (change: Partial<AskedReport>) =>
    navigate("revenue", paramsOf({ ...asked, ...change }));
  const breakdowns = breakdownsOf(asked.report, choices);
  const months = choices.months.map((month) => (
    <option key={month} value={month}>
      {monthLabel(month, locale, "short")}
    </option>
  ));
  const earlier = shifted(asked, "earlier", choices.months);
  const later = shifted(asked, "later", choices.months);
  return (
    <>
      <nav aria-label="Reports" className={css.reports}>
        {REPORTS.map(({ name, title }) => (
          <a
            key={name}
            href={hrefOf("revenue", paramsOf({ ...asked, report: name, by: null }))}
            aria-current={name === asked.report ? "page" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <div className={css.period}>
        <Field.Label htmlFor={ids.from} label="From">
          <select
            id={ids.from}
            value={asked.from}
            onChange={({ target }) =>
              ask({ from: target.value, to: target.value > asked.to ? target.value : asked.to })
            }
          >
            {months}
          </select>
        </Field.Label>
        <Field.Label htmlFor={ids.to} label="Through">
          <select
            id={ids.to}
            value={asked.to}
            onChange={({ target }) =>
              ask({ to: target.value, from: target.value < asked.from ? target.value : asked.from })
            }
          >
            {months}
          </select>
        </Field.Label>
        <Button
          aria-label="The period before"
          disabled={earlier === null}
          onClick={() => earlier !== null && ask(earlier)}
        >
          <ChevronLeft aria-hidden="true" />
        </Button>
        <Button
          aria-label="The period after"
          disabled={later === null}
          onClick={() => later !== null && ask(later)}
        >
          <ChevronRight aria-hidden="true" />
        </Button>
      </div>
      {breakdowns.length > 0 && (
        <Field.Label htmlFor={ids.by} label="Rows">
          <select
            id={ids.by}
            value={asked.by ?? breakdowns[0]?.code}
            onChange={({ target }) => ask({ by: target.value })}
          >
            {breakdowns.map(({ code, label }) => (
              <option key={code} value={code}>
                {label}
              </option>
            ))}
          </select>
        </Field.Label>
      )}
    </>
  );
}
