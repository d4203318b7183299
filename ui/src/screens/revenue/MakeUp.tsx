/** What a figure is made of: lots, then the entries of a lot, then the usage behind an entry. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import {
  type AskedReport,
  commands,
  type FigureEntry,
  type FigurePart,
  question,
  type ReportCell,
} from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Amount, Count, Day, Moment } from "../../parts/Figure";
import { Skeleton } from "../../parts/Skeleton";
import { words } from "../../parts/words";
import { hrefOf } from "../../router";
import { EntryDetail } from "../ledger/EntryDetail";
import { EntryUsage } from "./EntryUsage";
import css from "./MakeUp.module.css";

interface MakeUpProps {
  readonly asked: AskedReport;
  readonly cell: ReportCell;
  readonly zone: string;
}

export function MakeUp({ asked, cell, zone }: MakeUpProps) {
  const [part, setPart] = useState<FigurePart | null>(null);
  const [entry, setEntry] = useState<FigureEntry | null>(null);
  if (entry !== null && part !== null) {
    return (
      <div className={css.level}>
        <Back onBack={() => setEntry(null)}>Entries of {part.lot ?? part.customer}</Back>
        <EntryUsage
          customer={entry.entry.customer}
          seq={entry.entry.seq}
          lot={part.lot}
          zone={zone}
        />
        <EntryDetail entry={entry.entry} zone={zone} />
      </div>
    );
  }
  if (part !== null) {
    return (
      <div className={css.level}>
        <Back onBack={() => setPart(null)}>All parts</Back>
        <Entries asked={asked} cell={cell} part={part} zone={zone} onOpen={setEntry} />
      </div>
    );
  }
  return <Parts asked={asked} cell={cell} onOpen={setPart} />;
}

interface BackProps {
  readonly onBack: () => void;
  readonly children: ReactNode;
}

function Back({ onBack, children }: BackProps) {
  return (
    <div>
      <Button look="quiet" className={css.back} onClick={onBack}>
        <ChevronLeft aria-hidden="true" />
        {children}
      </Button>
    </div>
  );
}

interface PartsProps {
  readonly asked: AskedReport;
  readonly cell: ReportCell;
  readonly onOpen: (part: FigurePart) => void;
}

function Parts({ asked, cell, onOpen }: PartsProps) {
  const [customer, setCustomer] = useState<string | null>(null);
  const made = useQuery(
    question(["report", "make-up", asked, cell, customer], () =>
      commands.figureMakeUp(asked, cell, customer),
    ),
  );
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget).get("customer");
    setCustomer(typeof typed === "string" && typed.trim() !== "" ? typed.trim() : null);
  };
  return (
    <div className={css.level}>
      {made.isPending && <Skeleton label="Taking the figure apart" rows={8} />}
      {made.isError && <FailureNotice failure={made.error} />}
      {made.isSuccess && (
        <>
          <Sum amount={made.data.amount} unit={made.data.unit}>
            {customer === null ? "in all" : `of ${customer}`}
          </Sum>
          {made.data.parts.length === 0 && (
            <p className={css.muted}>Nothing adds to it in this period.</p>
          )}
        </>
      )}
      {(customer !== null || (made.data !== undefined && made.data.rest_count !== "0")) && (
        <form onSubmit={find} className={css.find}>
          <Field name="customer" label="Of one customer" defaultValue={customer ?? ""} />
          <Button type="submit">Show</Button>
        </form>
      )}
      {made.isSuccess && made.data.parts.length > 0 && (
        <ul className={css.list} aria-label="What the figure is made of">
          {made.data.parts.map((part) => (
            <li key={`${part.customer} ${part.lot ?? ""}`}>
              <button type="button" onClick={() => onOpen(part)}>
                <span title={part.lot ?? undefined}>{part.lot ?? "no lot"}</span>
                <span className={css.amount}>
                  <Amount value={part.amount} />
                </span>
                <span className={css.muted}>
                  {part.customer}
                  {part.lot_kind !== null && `, ${words(part.lot_kind)}`}
                </span>
              </button>
            </li>
          ))}
          <Rest count={made.data.rest_count} amount={made.data.rest} things="others" />
        </ul>
      )}
    </div>
  );
}

interface SumProps {
  readonly amount: string;
  readonly unit: string | null;
  readonly children: ReactNode;
}

function Sum({ amount, unit, children }: SumProps) {
  return (
    <p className={css.sum}>
      <strong>
        <Amount value={amount} />
      </strong>{" "}
      {unit} <span className={css.muted}>{children}</span>
    </p>
  );
}

interface RestProps {
  readonly count: string;
  readonly amount: string;
  readonly things: string;
}

/** What is not listed, so that the list adds up to the figure. */
function Rest({ count, amount, things }: RestProps) {
  return count === "0" ? null : (
    <li className={css.rest}>
      <span>
        <Count value={count} /> {things}
      </span>
      <span className={css.amount}>
        <Amount value={amount} />
      </span>
    </li>
  );
}

interface EntriesProps {
  readonly asked: AskedReport;
  readonly cell: ReportCell;
  readonly part: FigurePart;
  readonly zone: string;
  readonly onOpen: (entry: FigureEntry) => void;
}

function Entries({ asked, cell, part, zone, onOpen }: EntriesProps) {
  const { customer, lot } = part;
  const found = useQuery(
    question(["report", "entries", asked, cell, customer, lot], () =>
      commands.figureEntries(asked, cell, customer, lot),
    ),
  );
  return (
    <>
      <dl className={css.facts}>
        <dt>Customer</dt>
        <dd>{customer}</dd>
        {lot !== null && (
          <>
            <dt>Lot</dt>
            <dd>
              <a href={hrefOf("ledger", { customer, lot })}>{lot}</a>
            </dd>
          </>
        )}
        {part.wallet !== null && (
          <>
            <dt>Wallet</dt>
            <dd>
              {part.wallet}
              {part.lot_kind !== null && `, ${words(part.lot_kind)}`}
            </dd>
          </>
        )}
        {part.granted_on !== null && (
          <>
            <dt>Booked</dt>
            <dd>
              <Day day={part.granted_on} />
            </dd>
          </>
        )}
        {part.expires_at !== null && (
          <>
            <dt>Ends</dt>
            <dd>
              <Moment at={part.expires_at} zone={zone} />
            </dd>
          </>
        )}
      </dl>
      {found.isPending && <Skeleton label="Reading the entries" rows={6} />}
      {found.isError && <FailureNotice failure={found.error} />}
      {found.isSuccess && (
        <>
          <Sum amount={found.data.amount} unit={found.data.unit}>
            by these entries
          </Sum>
          <ul className={css.list} aria-label="Entries behind the part">
            {found.data.entries.map((each) => (
              <li key={each.entry.seq}>
                <button type="button" onClick={() => onOpen(each)}>
                  <span>
                    <Day day={each.entry.booked_on} /> {words(each.entry.kind)}
                  </span>
                  <span className={css.amount}>
                    <Amount value={each.amount} />
                  </span>
                  <span className={css.muted} title={each.entry.memo}>
                    {each.entry.memo}
                  </span>
                </button>
              </li>
            ))}
            <Rest count={found.data.rest_count} amount={found.data.rest} things="earlier ones" />
          </ul>
        </>
      )}
    </>
  );
}
