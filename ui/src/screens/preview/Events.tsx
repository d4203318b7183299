/** Events of a customer before and after: what priced each, and what it was charged. */
import { Fragment } from "react";
import type { CustomerPreview, EventCharge, EventPrice } from "../../host";
import { Amount, Count, Moment } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import css from "./Results.module.css";

interface EventsProps {
  readonly found: CustomerPreview;
  readonly zone: string;
  /** The row that priced them, `card/row`; all rows if absent. */
  readonly rate: string | undefined;
  /** The address of the events of all rows. */
  readonly everyHref: string;
}

export function Events({ found, zone, rate, everyHref }: EventsProps) {
  const { events, event_count, changed_count, result } = found;
  const rest = found.rest.filter(() => event_count !== String(events.length));
  return (
    <section aria-labelledby="preview-events">
      <h2 id="preview-events">{rate === undefined ? "Events" : `Events that ${rate} prices`}</h2>
      <p className={css.muted}>
        <Count value={event_count} /> in the window, <Count value={changed_count} /> of them charged
        otherwise in a scenario
        {rest.length > 0 && `; the ${events.length} whose charge changes most are listed`}.{" "}
        {rate !== undefined && <a href={everyHref}>Events of all rows</a>}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it. */}
      <section className={css.wide} aria-labelledby="preview-events" tabIndex={0}>
        <table className={table.table} aria-labelledby="preview-events">
          <thead>
            <tr>
              <th scope="col">Event</th>
              <th scope="col">Occurred</th>
              <th scope="col" className={table.number}>
                Quantity
              </th>
              <th scope="col">Of</th>
              <th scope="col">Charged in</th>
              {result.runs.map(({ name }, run) => (
                <Fragment key={name}>
                  <th scope="col">{run === 0 ? "Price, baseline" : `Price, ${name}`}</th>
                  <th scope="col" className={table.number}>
                    {run === 0 ? "Baseline" : name}
                  </th>
                  {run > 0 && (
                    <th scope="col" className={table.number}>
                      less baseline
                    </th>
                  )}
                </Fragment>
              ))}
            </tr>
          </thead>
          <tbody>
            {events.map((event, place) => (
              <Line key={`${event.key} ${event.unit} ${place}`} event={event} zone={zone} />
            ))}
            {rest.map(({ unit, charged, differences }) => (
              <tr key={unit} className={table.muted}>
                <th scope="row" colSpan={4}>
                  all others
                </th>
                <td>{unit}</td>
                {charged.map((value, run) => (
                  <Fragment key={result.runs[run]?.name}>
                    <td />
                    <td className={table.number}>
                      <Amount value={value} zero="dash" />
                    </td>
                    {run > 0 && (
                      <td className={table.number}>
                        <Amount value={differences[run - 1] ?? "0"} zero="dash" signed />
                      </td>
                    )}
                  </Fragment>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Line({ event, zone }: { readonly event: EventPrice; readonly zone: string }) {
  const { key, occurred_at, quantity, dimensions, is_taken_back, unit, runs } = event;
  const of = dimensions.map(({ name, value }) => `${name} ${value}`).join(", ");
  return (
    <tr>
      <th scope="row">
        {key}
        {is_taken_back && <span className={css.muted}> taken back</span>}
      </th>
      <td>
        <Moment at={occurred_at} zone={zone} />
      </td>
      <td className={table.number}>
        <Quantity text={quantity} />
      </td>
      <td className={table.muted}>{of === "" ? event.meter : `${event.meter}: ${of}`}</td>
      <td className={table.muted}>{unit}</td>
      {runs.map((charge, run) => (
        <Fragment key={run}>
          <td className={table.muted}>
            <Price charge={charge} />
          </td>
          <td className={table.number}>
            <Amount value={charge.charged} zero="dash" />
          </td>
          {charge.difference !== null && (
            <td className={table.number}>
              <Amount value={charge.difference} zero="dash" signed />
            </td>
          )}
        </Fragment>
      ))}
    </tr>
  );
}

/** A quantity with its unit behind it. */
function Quantity({ text }: { readonly text: string }) {
  const space = text.indexOf(" ");
  return space < 0 ? (
    <Amount value={text} />
  ) : (
    <>
      <Amount value={text.slice(0, space)} />
      {text.slice(space)}
    </>
  );
}

function Price({ charge }: { readonly charge: EventCharge }) {
  if (charge.refused !== null) {
    return <>refused: {charge.refused.replaceAll("_", " ")}</>;
  }
  if (charge.rates.length === 0) {
    return <>free</>;
  }
  return (
    <span title={charge.rates.map(({ rate }) => rate).join(", ")}>
      {charge.rates.map(({ price }) => price).join("; ")}
      {charge.has_overage && ", overage"}
    </span>
  );
}
