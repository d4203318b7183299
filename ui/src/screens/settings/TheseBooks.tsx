/** What the books are set to. Only a configuration changes it, and every one is kept. */
import type { BooksSettings } from "../../host";
import { Count, Moment } from "../../parts/Figure";
import { hrefOf } from "../../router";
import css from "./SettingsScreen.module.css";

interface TheseBooksProps {
  readonly books: BooksSettings;
  readonly folder: string;
}

export function TheseBooks({ books, folder }: TheseBooksProps) {
  return (
    <section aria-labelledby="books">
      <h2 id="books">These books</h2>
      <dl className={css.facts}>
        <dt>Legal entity</dt>
        <dd>
          {books.name} (<code>{books.entity}</code>)
        </dd>
        <dt>Currency</dt>
        <dd>{books.currency}</dd>
        <dt>Time zone of days and periods</dt>
        <dd>{books.zone}</dd>
        <dt>Exchange rates</dt>
        <dd>{books.exchange_rates ?? "none: purchases in other currencies are not valued"}</dd>
        <dt>Configuration in force</dt>
        <dd>
          {books.revision}, applied <Moment at={books.applied_at} zone={books.zone} /> by{" "}
          {books.applied_by}.{" "}
          <a href={hrefOf("audit", { kind: "apply_configuration" })}>Show every configuration</a>
        </dd>
        <dt>Folder</dt>
        <dd>{folder}</dd>
        <dt>Made</dt>
        <dd>
          <Moment at={books.created_at} zone={books.zone} /> by Scrip {books.created_by}
        </dd>
        <dt>Ledger</dt>
        <dd>
          format {books.format}, <Count value={books.bytes} /> bytes, workspace{" "}
          <code>{books.workspace_id}</code>
        </dd>
      </dl>
      <p className={css.hint}>
        Entity, currency, time zone and accounts are part of the configuration:{" "}
        <code>scrip export</code> writes it, <code>scrip apply</code> puts a changed one in force.
        Currency and time zone stay as they are once entries depend on them.
      </p>
    </section>
  );
}
