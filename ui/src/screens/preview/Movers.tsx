/** The customers behind a difference: those who change most, and the rest, which add up to it. */
import type { PreviewLine } from "../../host";
import { Amount, Count } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./Movers.module.css";

interface MoversProps {
  readonly line: PreviewLine;
  /** Which run of the line. */
  readonly run: number;
  /** Where a customer is opened; none when it cannot be. */
  readonly hrefOf: ((customer: string) => string) | null;
}

export function Movers({ line, run, hrefOf }: MoversProps) {
  const { difference, movers } = line.values[run] ?? { difference: null, movers: null };
  if (difference === null || movers === null) {
    return null;
  }
  return (
    <div className={css.movers}>
      <p className={css.sum}>
        <strong>
          <Amount value={difference} zero="dash" signed />
        </strong>{" "}
        {line.unit} less baseline
      </p>
      <table className={table.table} aria-label="Customers who change most">
        <thead>
          <tr>
            <th scope="col">Customer</th>
            <th scope="col" className={table.number}>
              less baseline
            </th>
            <th scope="col" className={table.number}>
              %
            </th>
          </tr>
        </thead>
        <tbody>
          {movers.customers.map((one) => (
            <tr key={one.customer}>
              <th scope="row" className={table.name} title={one.customer}>
                {hrefOf === null ? one.customer : <a href={hrefOf(one.customer)}>{one.customer}</a>}
              </th>
              <td className={table.number}>
                <Amount value={one.difference} signed />
              </td>
              <td className={`${table.number} ${table.muted}`}>
                {one.percent !== null && <Amount value={one.percent} signed />}
              </td>
            </tr>
          ))}
          {movers.rest_count !== "0" && (
            <tr className={table.muted}>
              <th scope="row">
                <Count value={movers.rest_count} /> more
              </th>
              <td className={table.number}>
                <Amount value={movers.rest} zero="dash" signed />
              </td>
              <td />
            </tr>
          )}
        </tbody>
      </table>
      {movers.customers.length === 0 && (
        <p className={table.muted}>No customer changes in this figure.</p>
      )}
    </div>
  );
}
