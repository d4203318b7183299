/** The usage behind an entry: its events, and what they moved together. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { commands, type EventDraw, question } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Amount, Count, Moment } from "../../parts/Figure";
import { Skeleton } from "../../parts/Skeleton";
import css from "./MakeUp.module.css";

/** As many are listed at first. */
const FIRST = 8;

interface EntryUsageProps {
  readonly customer: string;
  readonly seq: string;
  readonly lot: string | null;
  readonly zone: string;
}

export function EntryUsage({ customer, seq, lot, zone }: EntryUsageProps) {
  const usage = useQuery(
    question(["entry", "usage", customer, seq, lot], () => commands.entryUsage(customer, seq, lot)),
  );
  const [isWhole, setWhole] = useState(false);
  if (usage.isPending) {
    return <Skeleton label="Reading the usage" rows={4} />;
  }
  if (usage.isError) {
    return <FailureNotice failure={usage.error} />;
  }
  const { count, sums, events } = usage.data;
  const listed = isWhole ? events : events.slice(0, FIRST);
  if (count === "0") {
    return null;
  }
  return (
    <section aria-labelledby="usage-behind">
      <h3 id="usage-behind">
        <Count value={count} /> {count === "1" ? "event" : "events"} behind it
      </h3>
      <p className={css.muted}>
        Together{" "}
        {sums.map(({ name, value }, n) => (
          <span key={name}>
            {n > 0 && " and "}
            <Amount value={value} /> {name}
          </span>
        ))}
        {lot !== null && `, of lot ${lot}`}
      </p>
      <ul className={css.list} aria-label="Events behind the entry">
        {listed.map((event, n) => (
          <Event key={`${n} ${event.key}`} event={event} zone={zone} />
        ))}
      </ul>
      {listed.length < events.length && (
        <Button look="quiet" onClick={() => setWhole(true)}>
          Show {String(events.length) === count ? "all" : "the first"} {events.length}
        </Button>
      )}
      {isWhole && count !== String(events.length) && (
        <p className={css.muted}>The first {events.length} are listed.</p>
      )}
    </section>
  );
}

function Event({ event, zone }: { readonly event: EventDraw; readonly zone: string }) {
  const about = event.dimensions.map(({ name, value }) => `${name} ${value}`).join(", ");
  return (
    <li className={css.event}>
      <span title={event.key}>{event.quantity}</span>
      <span className={css.amount}>
        <Amount value={event.units} /> {event.unit}
      </span>
      <span className={css.muted}>
        <Moment at={event.occurred_at} zone={zone} precision="second" />
      </span>
      <span className={`${css.amount} ${css.muted}`}>
        {event.money !== null && (
          <>
            <Amount value={event.money} /> {event.currency}
          </>
        )}
      </span>
      <span className={css.wide} title={event.key}>
        {event.meter}
        {about !== "" && `, ${about}`}
        {event.rate !== null && `, by ${event.rate}`}
      </span>
    </li>
  );
}
