/** The chart of accounts, with what the company calls each account. */
import type { ChartAccount } from "../../host";
import table from "../../parts/table.module.css";
import css from "./SettingsScreen.module.css";

export function ChartOfAccounts({ accounts }: { readonly accounts: readonly ChartAccount[] }) {
  const mapped = accounts.filter(({ own_number: own }) => own !== null).length;
  return (
    <section aria-labelledby="accounts">
      <h2 id="accounts">Chart of accounts</h2>
      <p className={css.hint} style={{ marginBottom: "var(--space-2)" }}>
        {mapped === 0
          ? "Reports and journal exports have these numbers. "
          : `Reports and journal exports have the company’s own numbers for ${mapped} of ${accounts.length} accounts. `}
        Give an account your own number with <code>[[accounts]]</code> in the configuration; the
        entries stay as they are.
      </p>
      <table className={table.table} aria-labelledby="accounts">
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Name</th>
            <th scope="col">Own number</th>
            <th scope="col">Own name</th>
            <th scope="col">Kind</th>
            <th scope="col">Side</th>
            <th scope="col">Code</th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <tr key={account.code}>
              <td>{account.number}</td>
              <td>{account.name}</td>
              <td className={css.own}>{account.own_number}</td>
              <td>{account.own_number === null ? null : account.own_name}</td>
              <td className={table.muted}>{account.class}</td>
              <td className={table.muted}>{account.side}</td>
              <td>
                <code>{account.code}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
