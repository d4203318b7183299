/** All that waits, in the order in which it was decided, and the push that does it. */
import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useChanged } from "../../changed";
import { commands, type OutboxItem, type Pushed } from "../../host";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count, Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { outboxQuestion, useCopy } from "../../parts/send/useCopy";
import { TaskProgress } from "../../parts/TaskProgress";
import table from "../../parts/table.module.css";
import { useTask } from "../../parts/useTask";
import { sentence } from "../../parts/words";
import { hrefOf, navigate } from "../../router";
import { DiscardItem } from "./DiscardItem";
import { hrefOfItem, nameOf } from "./items";
import css from "./outbox.module.css";
import { PushOutcome } from "./PushOutcome";

interface ItemListProps {
  readonly zone: string;
  readonly ledger: string | null;
}

export function ItemList({ zone, ledger }: ItemListProps) {
  const changed = useChanged();
  const copy = useCopy();
  // Items are files: nothing is recorded when one comes.
  const listed = useQuery({ ...outboxQuestion, refetchOnMount: "always" });
  const push = useTask<Pushed>(undefined, "Pushing the outbox");
  const start = () =>
    push.start((id, progress) => commands.pushOutbox(id, progress).finally(() => void changed()));
  const { items = [], unreadable = [] } = listed.data ?? {};
  const count = items.length + unreadable.length;
  return (
    <Page
      title="Outbox"
      state={
        listed.isSuccess && (
          <span role="status">
            <Count value={String(count)} /> {count === 1 ? "waits" : "wait"}
          </span>
        )
      }
      acts={
        <>
          {items.length > 1 && items.some((item) => item.kept_back !== null) && (
            <Button onClick={() => navigate("outbox", { again: "yes" })} disabled={push.isRunning}>
              Decide all again
            </Button>
          )}
          {copy?.isConnected === true && items.length > 0 && (
            <Button look="primary" onClick={start} disabled={push.isRunning}>
              <Send aria-hidden="true" />
              Push all
            </Button>
          )}
        </>
      }
    >
      {listed.isPending && <Skeleton label="Reading the outbox" rows={6} />}
      {listed.isError && <FailureNotice failure={listed.error} />}
      <div className={css.stack}>
        {push.failure !== null && <FailureNotice failure={push.failure} />}
        {push.isRunning && <TaskProgress task={push} label="Doing at production" things="items" />}
        {push.result !== undefined && !push.isRunning && <PushOutcome pushed={push.result} />}
        {listed.isSuccess && count === 0 && (
          <Empty title="Nothing waits">
            This workspace is a copy of {ledger}. What is decided here is done there: at once while
            it is connected, and otherwise it waits here, in its order, until it is pushed. What
            waits is in no balance and no report.
          </Empty>
        )}
        {copy !== null && !copy.isConnected && items.length > 0 && (
          <p className={css.note} role="note">
            {copy.ledger} is not connected, so nothing can be pushed now. What waits stays as it is.{" "}
            <a href={hrefOf("production")}>Look at the connection</a>
          </p>
        )}
        {unreadable.map(({ number, file, why }) => (
          <section key={number} className={css.caution} aria-label={`Number ${number}`}>
            <p>
              Number {number} cannot be read, and what was decided after it waits with it: {file}.{" "}
              {sentence(why)}
            </p>
            <DiscardItem number={number} name={`number ${number}, which cannot be read`} />
          </section>
        ))}
        {items.length > 0 && <Items items={items} zone={zone} />}
      </div>
    </Page>
  );
}

interface ItemsProps {
  readonly items: readonly OutboxItem[];
  readonly zone: string;
}

function Items({ items, zone }: ItemsProps) {
  return (
    <table className={`${table.table} ${css.items}`}>
      <caption className="visually-hidden">
        What waits, in the order in which it was decided
      </caption>
      <thead>
        <tr>
          <th scope="col" className={table.number}>
            No.
          </th>
          <th scope="col">What</th>
          <th scope="col">By</th>
          <th scope="col">Decided</th>
          <th scope="col" className={table.number} title="The configuration it was decided on">
            Configuration
          </th>
          <th scope="col">Kept back</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.number}>
            <td className={table.number}>{item.number}</td>
            <td className={css.what} title={`${nameOf(item)} ${saysOf(item)}`}>
              <a href={hrefOfItem(item.number)}>{nameOf(item)}</a>{" "}
              <span className={table.muted}>{saysOf(item)}</span>
            </td>
            <td className={css.who} title={item.queued_by}>
              {item.queued_by}
            </td>
            <td>
              <Moment at={item.queued_at} zone={zone} />
            </td>
            <td className={table.number}>{item.revision}</td>
            <td className={css.why}>{item.kept_back === null ? "" : sentence(item.kept_back)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the first of its operations says beyond its name. */
function saysOf({ operations }: OutboxItem): string {
  return operations[0]?.says ?? "";
}
