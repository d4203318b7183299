/** The preview that goes with a request: what the change would have done, how sure that is, and how old. */
import { CircleAlert, CircleCheck } from "lucide-react";
import type {
  PreviewKeptHere,
  RequestPreview,
  RequestPreviewLine,
  RequestPreviewSpread,
} from "../../host";
import { Amount, Count, Day, Moment } from "../../parts/Figure";
import table from "../../parts/table.module.css";
import { WholeFacts } from "../../parts/WholePage";
import { hrefOf } from "../../router";
import css from "./approvals.module.css";

interface AttachedPreviewProps {
  readonly preview: RequestPreview;
  readonly zone: string;
}

export function AttachedPreview({ preview, zone }: AttachedPreviewProps) {
  const { lines, more_lines, spreads, more_spreads, dry_earlier, scenario } = preview;
  return (
    <section className={css.preview} aria-labelledby="request-preview">
      <h2 id="request-preview">What a preview of it found</h2>
      <Exactness preview={preview} />
      <Since preview={preview} />
      <About preview={preview} zone={zone} />
      <Compared title="Comparison" of="What" scenario={scenario} lines={lines} hasUnits />
      {more_lines !== "0" && (
        <p className={table.muted}>
          <Count value={more_lines} /> more {more_lines === "1" ? "line" : "lines"} in the preview.
        </p>
      )}
      {spreads.map((spread) => (
        <Customers key={spread.currency} spread={spread} scenario={scenario} />
      ))}
      {more_spreads !== "0" && (
        <p className={table.muted}>
          <Count value={more_spreads} /> more {more_spreads === "1" ? "currency" : "currencies"} in
          the preview.
        </p>
      )}
      {dry_earlier !== "0" && (
        <p>
          <Count value={dry_earlier} /> {dry_earlier === "1" ? "customer runs" : "customers run"}{" "}
          dry earlier.
        </p>
      )}
    </section>
  );
}

function Exactness({ preview }: Pick<AttachedPreviewProps, "preview">) {
  const { exact, chains, differing } = preview;
  return (
    <p className={css.exact} data-exact={exact}>
      {exact ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
      {exact ? (
        <>
          The baseline reproduced the ledger: exact, to the hash of <Count value={chains} />{" "}
          {chains === "1" ? "chain" : "chains"}.
        </>
      ) : (
        <>
          The baseline did not reproduce the ledger: <Count value={differing} /> of{" "}
          <Count value={chains} /> chains differed. No figure here should be trusted.
        </>
      )}
    </p>
  );
}

/** How old it is, while that matters to who decides. */
function Since({ preview }: Pick<AttachedPreviewProps, "preview">) {
  const { entries_since, is_reconfigured } = preview;
  const hasEntries = entries_since !== null && entries_since !== "0";
  if (!hasEntries && !is_reconfigured) {
    return null;
  }
  return (
    <p className={css.notice} role="note">
      Since it was run:
      {hasEntries && (
        <>
          {" "}
          <Count value={entries_since} /> {entries_since === "1" ? "entry was" : "entries were"}{" "}
          recorded.
        </>
      )}
      {is_reconfigured && " Another configuration came into force."}
    </p>
  );
}

function About({ preview, zone }: AttachedPreviewProps) {
  const { customers, more_customers, others, runs } = preview;
  return (
    <WholeFacts>
      <dt>Preview</dt>
      <dd>
        <Name preview={preview} />, run by {preview.made_by},{" "}
        <Moment at={preview.made_at} zone={zone} />
      </dd>
      <dt>Usage</dt>
      <dd>
        <Day day={preview.from} /> through <Day day={preview.through} />, of{" "}
        {customers.length === 0 ? "all customers" : customers.join(", ")}
        {more_customers !== "0" && (
          <>
            {" "}
            and <Count value={more_customers} /> more
          </>
        )}
      </dd>
      <dt>Changes count</dt>
      <dd>{preview.as_dated ? "at their own dates" : "from the first day on"}</dd>
      {others.length > 0 && (
        <>
          <dt>Compared with</dt>
          <dd>{others.join(", ")}, in the preview itself</dd>
        </>
      )}
      {runs.map((run) => (
        <Run key={run.name} run={run} />
      ))}
      <dt>Ledger</dt>
      <dd>
        <Count value={preview.entries} /> entries, checkpoint{" "}
        <code title={preview.checkpoint}>{short(preview.checkpoint)}</code>, configuration{" "}
        {preview.revision}
      </dd>
      <dt>Hash</dt>
      <dd>
        <code>{preview.hash}</code>
      </dd>
    </WholeFacts>
  );
}

function Run({ run }: { readonly run: RequestPreview["runs"][number] }) {
  return (
    <>
      <dt>{run.name}</dt>
      <dd>
        <Count value={run.charged} /> events charged, <Count value={run.free} /> free,{" "}
        <Count value={run.refused} /> refused; <Count value={run.undone} /> operations refused
      </dd>
    </>
  );
}

const NOT_KEPT: Record<Exclude<PreviewKeptHere, "same">, string> = {
  other: "(this workspace keeps another one of this name)",
  gone: "(not kept in this workspace)",
  unreadable: "(what this workspace keeps under this name cannot be read)",
};

/** The preview's name, which opens it where it is kept. */
function Name({ preview: { name, kept } }: Pick<AttachedPreviewProps, "preview">) {
  if (kept === "same") {
    return <a href={hrefOf("preview", { kept: name })}>{name}</a>;
  }
  return (
    <>
      {name} <span className={table.muted}>{NOT_KEPT[kept]}</span>
    </>
  );
}

interface CustomersProps {
  readonly spread: RequestPreviewSpread;
  readonly scenario: string;
}

function Customers({ spread, scenario }: CustomersProps) {
  const { currency, customers, more, less, lines } = spread;
  const title = `Customers who change most, in ${currency}`;
  return (
    <>
      <p>
        Revenue in {currency} of <Count value={customers} />{" "}
        {customers === "1" ? "customer" : "customers"}: <Count value={more} />{" "}
        {more === "1" ? "pays" : "pay"} more, <Count value={less} /> {less === "1" ? "pays" : "pay"}{" "}
        less.
      </p>
      {lines.length > 0 && (
        <Compared title={title} of="Customer" scenario={scenario} lines={lines} hasUnits={false} />
      )}
    </>
  );
}

interface ComparedProps {
  readonly title: string;
  /** What a line is of. */
  readonly of: string;
  readonly scenario: string;
  readonly lines: readonly RequestPreviewLine[];
  readonly hasUnits: boolean;
}

function Compared({ title, of, scenario, lines, hasUnits }: ComparedProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it.
    <section className={css.wide} aria-label={title} tabIndex={0}>
      <table className={table.table} aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{of}</th>
            {hasUnits && <th scope="col">Unit</th>}
            <th scope="col" className={table.number}>
              Baseline
            </th>
            <th scope="col" className={table.number}>
              {scenario}
            </th>
            <th scope="col" className={table.number}>
              less baseline
            </th>
            <th scope="col" className={table.number}>
              %
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={`${line.what} ${line.unit}`}>
              <th scope="row">{line.what}</th>
              {hasUnits && <td className={table.muted}>{line.unit}</td>}
              <td className={table.number}>
                <Amount value={line.baseline} zero="dash" />
              </td>
              <td className={table.number}>
                <Amount value={line.scenario} zero="dash" />
              </td>
              <td className={table.number}>
                <Amount value={line.difference} zero="dash" signed />
              </td>
              <td className={`${table.number} ${table.muted}`}>
                {line.percent !== null && <Amount value={line.percent} zero="dash" signed />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The first digits of a hash, for people. */
function short(hash: string): string {
  return hash.slice(0, 12);
}
