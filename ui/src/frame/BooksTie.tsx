/** Whether the books tie, and where they do not. */
import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, TriangleAlert } from "lucide-react";
import type { BooksTie as Found, WorkspaceStatus } from "../host";
import { FailureNotice } from "../parts/FailureNotice";
import { Amount, Count } from "../parts/Figure";
import table from "../parts/table.module.css";
import { tieQuestion } from "../queries";
import { hrefOf } from "../router";
import css from "./BooksTie.module.css";

export function BooksTie({ status }: { readonly status: WorkspaceStatus }) {
  const tie = useQuery(tieQuestion(status));
  if (tie.isPending) {
    return (
      <span className={css.plain}>
        <CircleDashed aria-hidden="true" />
        checking the books
      </span>
    );
  }
  const is = tie.isError ? "unknown" : tie.data.ties ? "yes" : "no";
  return (
    <Popover.Root>
      <Popover.Trigger className={css.trigger} data-tie={is}>
        {is === "yes" ? <CircleCheck aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />}
        books tie: {is}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={css.positioner} side="top" align="start" sideOffset={6}>
          <Popover.Popup className={css.popup}>
            <Popover.Title className={css.title}>
              {is === "yes" && "The books tie"}
              {is === "no" && "The books do not tie"}
              {is === "unknown" && "The books could not be checked"}
            </Popover.Title>
            {tie.isError && <FailureNotice failure={tie.error} />}
            {tie.isSuccess && <Explained tie={tie.data} />}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Explained({ tie }: { readonly tie: Found }) {
  return (
    <div className={css.explained}>
      <p>
        What the lots and fees of <Count value={tie.customers} />{" "}
        {tie.customers === "1" ? "customer" : "customers"} hold was compared with what the accounts
        hold, in units and in money, and all postings were added up. This is the ledger with the
        checkpoint <code>{tie.checkpoint.slice(0, 16)}</code>.
      </p>
      {tie.differences.length > 0 && (
        <table className={table.table} aria-label="Differences">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" className={table.number}>
                By customer
              </th>
              <th scope="col" className={table.number}>
                By account
              </th>
              <th scope="col">Unit</th>
            </tr>
          </thead>
          <tbody>
            {tie.differences.map(({ what, unit, books, accounts }) => (
              <tr key={`${what} ${unit}`}>
                <td>{what}</td>
                <td className={table.number}>
                  <Amount value={books} />
                </td>
                <td className={table.number}>
                  <Amount value={accounts} />
                </td>
                <td>{unit}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p>
        {tie.ties
          ? "To follow every chain and apply every operation again, "
          : "Nothing was changed. To find the entry, "}
        <a href={hrefOf("ledger")}>verify the ledger</a>.
      </p>
    </div>
  );
}
