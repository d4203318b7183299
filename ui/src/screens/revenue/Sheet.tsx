/** A report as on paper: what it is, of whom, of when, on which basis; its tables; what ties. */
import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect, useState } from "react";
import type { AskedReport, ReportSheet, ReportTable, ReportTie } from "../../host";
import { useInspector } from "../../inspector";
import { Empty } from "../../parts/Empty";
import { Amount, Count, Day, Moment } from "../../parts/Figure";
import { MakeUp } from "./MakeUp";
import css from "./Sheet.module.css";
import { SheetTable } from "./SheetTable";

/** A cell that is taken apart at the right. */
export interface Place {
  readonly table: number;
  readonly row: number;
  readonly column: number;
}

interface SheetProps {
  readonly sheet: ReportSheet;
  readonly asked: AskedReport;
  readonly zone: string;
}

export function Sheet({ sheet, asked, zone }: SheetProps) {
  const { inspected, inspect } = useInspector();
  const [chosen, setChosen] = useState<Place | null>(null);
  useEffect(() => () => inspect(null), [inspect]);
  const choose = (place: Place) => {
    const table = sheet.tables[place.table];
    if (table !== undefined) {
      setChosen(place);
      const { title, cell } = cellAt(table, place);
      const content = <MakeUp key={JSON.stringify(cell)} asked={asked} cell={cell} zone={zone} />;
      inspect({ title, content });
    }
  };
  const isEmpty = sheet.tables.every(({ rows }) => rows.every(({ is_sum }) => is_sum));
  return (
    <article className={css.sheet} aria-label={sheet.name}>
      <Heading sheet={sheet} zone={zone} />
      {isEmpty && (
        <Empty title="Nothing was booked">
          There are no figures of this report in these months; choose others above.
        </Empty>
      )}
      {!isEmpty &&
        sheet.tables.map((table, at) => (
          <SheetTable
            key={table.title}
            table={table}
            chosen={inspected !== null && chosen?.table === at ? chosen : null}
            onChoose={(row, column) => choose({ table: at, row, column })}
          />
        ))}
      {sheet.ties.length > 0 && (
        <section className={css.ties} aria-label="Ties">
          <h2>Ties</h2>
          <ul>
            {sheet.ties.map((tie) => (
              <li key={`${tie.name} ${tie.unit}`} data-holds={tie.holds}>
                <TieLine tie={tie} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </article>
  );
}

/** Two figures that must be equal. */
function TieLine({ tie }: { readonly tie: ReportTie }) {
  return (
    <>
      {tie.holds ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
      <span>
        {tie.name}: {tie.left_label} <Amount value={tie.left} /> {tie.holds ? "=" : "is not"}{" "}
        {tie.right_label} <Amount value={tie.right} /> {tie.unit}
        {!tie.holds && <strong> – does not tie: verify the ledger</strong>}
      </span>
    </>
  );
}

function Heading({ sheet, zone }: { readonly sheet: ReportSheet; readonly zone: string }) {
  return (
    <header className={css.heading}>
      <div>
        <h2>{sheet.name}</h2>
        <p>
          {sheet.entity}, {sheet.first_day === null ? "up to " : <Day day={sheet.first_day} />}
          {sheet.first_day !== null && " to "}
          <Day day={sheet.last_day} />
        </p>
        {sheet.as_of !== null && (
          <p className={css.past}>
            As of <Moment at={sheet.as_of} zone={zone} />: entries that count later are left out.
          </p>
        )}
      </div>
      <dl>
        <div>
          <dt>Ledger checkpoint</dt>
          <dd>
            <code title={sheet.checkpoint}>{sheet.checkpoint.slice(0, 16)}</code>,{" "}
            <Count value={sheet.entries} /> entries
          </dd>
        </div>
        <div>
          <dt>Configuration</dt>
          <dd>
            revision <Count value={sheet.config_revision} />, {sheet.currency}
          </dd>
        </div>
        <div>
          <dt>Read</dt>
          <dd>
            <Moment at={sheet.read_at} zone={zone} />
          </dd>
        </div>
      </dl>
      <details>
        <summary>Basis and policy versions</summary>
        <ul>
          {sheet.basis.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </details>
    </header>
  );
}

/** What a cell is called, to people and to the host. */
function cellAt(table: ReportTable, { row, column }: Place) {
  const found = table.rows[row];
  const head = table.columns[column];
  const lead = table.columns.findIndex(({ is_number }) => is_number);
  const words = found?.cells.slice(0, lead < 0 ? undefined : lead) ?? [];
  const label = words.filter((word) => word !== "").join(" ");
  return {
    title: `${head?.heading ?? ""}, ${label}`,
    cell: {
      table: table.title,
      row: words,
      is_sum: found?.is_sum ?? false,
      column: head?.key ?? "",
    },
  };
}
