/** All that would do something else now than was shown, to be decided again at once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useChanged } from "../../changed";
import { asFailure, commands, type Failure, type OutboxAgain, question } from "../../host";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { say } from "../../parts/Toasts";
import { hrefOf, navigate } from "../../router";
import { ItemEntries } from "./ItemEntries";
import { hrefOfItem, nameOf } from "./items";
import css from "./outbox.module.css";

const againQuestion = question(["outbox", "again"], () => commands.outboxAgain());

export function AgainPage() {
  const client = useQueryClient();
  const changed = useChanged();
  const found = useQuery({ ...againQuestion, refetchOnMount: "always" });
  const items = found.data?.items ?? [];
  const renew = useMutation<null, Failure>({
    mutationFn: () =>
      commands
        .renewOutboxItems(items.map(({ item, now }) => ({ number: item.number, now: now ?? "" })))
        .catch((thrown) => {
          throw asFailure(thrown);
        }),
    onSuccess: async () => {
      navigate("outbox");
      await changed();
      say(`${counted(items.length)} decided again. It is done with the next push.`);
    },
    // It may be another by now: what is decided next is what is seen next.
    onError: () => client.invalidateQueries({ queryKey: ["outbox"] }),
  });
  return (
    <Page
      title="Decide again"
      acts={
        <>
          <a href={hrefOf("outbox")}>All that waits</a>
          {items.length > 0 && (
            <Button
              look="primary"
              onClick={() => renew.mutate()}
              disabled={renew.isPending || found.isFetching}
            >
              {items.length === 1
                ? "Decide it again with these entries"
                : `Decide all ${items.length} again with these entries`}
            </Button>
          )}
        </>
      }
    >
      {found.isPending && <Skeleton label="Looking at what waits" rows={10} />}
      {found.isError && <FailureNotice failure={found.error} />}
      {found.isSuccess && (
        <div className={css.stack}>
          {renew.error !== null && <FailureNotice failure={renew.error} />}
          {items.length === 0 ? (
            <Empty title="Nothing to decide again at once">
              Whatever waits before the first item that has to be looked at by itself would do now
              what was shown.
            </Empty>
          ) : (
            <p className={css.lead}>
              The books have moved since these were decided. Each is shown as it would be now, after
              the ones before it; deciding again records nothing, it waits to be pushed as before.
            </p>
          )}
          <Alone alone={found.data.alone} />
          {items.map((shown) => (
            <section key={shown.item.number} aria-label={`Number ${shown.item.number}`}>
              <h2 className={css.name}>
                <a href={hrefOfItem(shown.item.number)}>
                  Number {shown.item.number}: {nameOf(shown.item)}
                </a>
              </h2>
              <ItemEntries shown={shown} />
            </section>
          ))}
        </div>
      )}
    </Page>
  );
}

function Alone({ alone }: Pick<OutboxAgain, "alone">) {
  if (alone === null) {
    return null;
  }
  return (
    <p className={css.caution}>
      Number {alone.number} has to be looked at by itself, and what waits behind it waits for that:{" "}
      {alone.why}. <a href={hrefOfItem(alone.number)}>Look at number {alone.number}</a>
    </p>
  );
}

function counted(count: number): string {
  return count === 1 ? "1 item is" : `${count} items are`;
}
