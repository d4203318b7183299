/** Customers under a scenario: how many change by how much, and each of them by any effect. */
import { useMemo, useState } from "react";
import type { ChangeClass, ChangedCustomer, PreviewSpread } from "../../host";
import { Button } from "../../parts/Button";
import { Amount, Count, Day } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./Customers.module.css";
import { type SortKey, sorted } from "./sorting";

/** As many customers are drawn at first; the rest on request. */
const SHOWN = 20;

interface CustomersProps {
  readonly spread: PreviewSpread;
  /** Where a customer is opened; none when it cannot be. */
  readonly hrefOf: ((customer: string) => string) | null;
}

const COLUMNS: readonly { readonly key: SortKey; readonly label: string }[] = [
  { key: "customer", label: "Customer" },
  { key: "baseline", label: "Baseline" },
  { key: "scenario", label: "Scenario" },
  { key: "difference", label: "Difference" },
  { key: "percent", label: "%" },
  { key: "dry", label: "Dry on" },
];

export function Customers({ spread, hrefOf }: CustomersProps) {
  const [sorting, setSorting] = useState({ key: "difference" as SortKey, isRising: false });
  const [only, setOnly] = useState<number | null>(null);
  const [shown, setShown] = useState(SHOWN);
  const customers = useMemo(() => {
    const inClass = spread.customers.filter((one) => only === null || one.class === only);
    return sorted(inClass, sorting);
  }, [spread, only, sorting]);
  const id = `preview-customers-${spread.scenario}-${spread.currency}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>
        {spread.scenario}: revenue by customer, {spread.currency}
      </h2>
      <div className={css.columns}>
        <Histogram classes={spread.classes} only={only} onOnly={setOnly} />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
        <section className={css.table} aria-labelledby={id} tabIndex={0}>
          <table className={table.table} aria-labelledby={id}>
            <thead>
              <tr>
                {COLUMNS.map(({ key, label }) => (
                  <th
                    key={key}
                    scope="col"
                    className={key === "customer" || key === "dry" ? undefined : table.number}
                    aria-sort={sortOf(sorting, key)}
                  >
                    <button
                      type="button"
                      className={css.sort}
                      onClick={() =>
                        setSorting({ key, isRising: sorting.key === key && !sorting.isRising })
                      }
                    >
                      {label}
                      {sorting.key === key && (sorting.isRising ? " \u2191" : " \u2193")}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {customers.slice(0, shown).map((one) => (
                <Customer key={one.customer} one={one} hrefOf={hrefOf} />
              ))}
            </tbody>
          </table>
          {customers.length === 0 && <p className={table.muted}>No customer is in this class.</p>}
          {customers.length > shown && (
            <Button look="quiet" onClick={() => setShown(shown * 5)}>
              Show more of <Count value={String(customers.length)} />
            </Button>
          )}
        </section>
      </div>
    </section>
  );
}

function sortOf(sorting: { key: SortKey; isRising: boolean }, key: SortKey) {
  if (sorting.key !== key) {
    return "none";
  }
  return sorting.isRising ? "ascending" : "descending";
}

interface CustomerProps {
  readonly one: ChangedCustomer;
  readonly hrefOf: CustomersProps["hrefOf"];
}

function Customer({ one, hrefOf }: CustomerProps) {
  return (
    <tr>
      <th scope="row">
        {hrefOf === null ? one.customer : <a href={hrefOf(one.customer)}>{one.customer}</a>}
      </th>
      <td className={table.number}>
        <Amount value={one.baseline} zero="dash" />
      </td>
      <td className={table.number}>
        <Amount value={one.scenario} zero="dash" />
      </td>
      <td className={table.number}>
        <Amount value={one.difference} zero="dash" signed />
      </td>
      <td className={`${table.number} ${table.muted}`}>
        {one.percent !== null && <Amount value={one.percent} zero="dash" signed />}
      </td>
      <td className={table.muted}>{one.dry_after === null ? "" : <Day day={one.dry_after} />}</td>
    </tr>
  );
}

interface HistogramProps {
  readonly classes: readonly ChangeClass[];
  readonly only: number | null;
  readonly onOnly: (place: number | null) => void;
}

/** How many customers change by how much; a class can be chosen, the tails above all. */
function Histogram({ classes, only, onOnly }: HistogramProps) {
  return (
    <ul className={css.histogram} aria-label="Customers by change in percent">
      {classes.map((each, place) => (
        <li key={classWords(each)}>
          <button
            type="button"
            aria-pressed={only === place}
            disabled={each.customers === "0"}
            onClick={() => onOnly(only === place ? null : place)}
          >
            <span>{classWords(each)}</span>
            <span className={css.way} aria-hidden="true">
              <span className={css.length} style={{ width: `${each.permille / 10}%` }} />
            </span>
            <span className={css.count}>
              <Count value={each.customers} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function classWords({ from, until }: ChangeClass): string {
  const write = (percent: number) => `${percent}`.replace("-", "\u2212");
  if (from === 0 && until === 0) {
    return "no change";
  }
  if (from === null) {
    return `below ${write(until ?? 0)} %`;
  }
  return until === null ? `${write(from)} % and more` : `${write(from)} to ${write(until)} %`;
}
