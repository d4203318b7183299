/** An item: what it would cause now against what was shown, what it changes, and what can be done about it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useChanged } from "../../changed";
import { asFailure, commands, type Failure, type OutboxItemInWhole, question } from "../../host";
import { Button } from "../../parts/Button";
import { Changes } from "../../parts/Changes";
import { Chip } from "../../parts/Chip";
import { FailureNotice } from "../../parts/FailureNotice";
import { Moment } from "../../parts/Figure";
import { Skeleton } from "../../parts/Skeleton";
import { say } from "../../parts/Toasts";
import { Decision, OperationsFact, WholeFacts, WholePage } from "../../parts/WholePage";
import { sentence } from "../../parts/words";
import { hrefOf, navigate } from "../../router";
import { hrefOfRequest } from "../approvals/requests";
import { DiscardItem } from "./DiscardItem";
import { ItemEntries } from "./ItemEntries";
import { itemQuestion, nameOf } from "./items";
import css from "./outbox.module.css";

interface ItemPageProps {
  readonly number: string;
  readonly zone: string;
}

export function ItemPage({ number, zone }: ItemPageProps) {
  const found = useQuery({ ...itemQuestion(number), refetchOnMount: "always" });
  return (
    <WholePage
      found={found}
      until={`Number ${number}`}
      name="item"
      title={({ item }) => nameOf(item)}
      state={({ item }) =>
        item.kept_back === null ? (
          <Chip look="accent">waits</Chip>
        ) : (
          <Chip look="caution">kept back</Chip>
        )
      }
      back={<a href={hrefOf("outbox")}>All that waits</a>}
      written="What is to be done"
    >
      {(shown) => (
        <>
          <Facts shown={shown} zone={zone} />
          <Acts shown={shown} />
          {shown.publishes && <Published shown={shown} />}
          {(!shown.publishes || shown.entries.length > 0) && <ItemEntries shown={shown} />}
        </>
      )}
    </WholePage>
  );
}

interface PartProps {
  readonly shown: OutboxItemInWhole;
}

function Facts({ shown: { item }, zone }: PartProps & { readonly zone: string }) {
  return (
    <WholeFacts>
      <dt>Number</dt>
      <dd>{item.number} of the outbox</dd>
      <OperationsFact
        term={item.sort === "request" ? "Asks for" : "Does"}
        operations={item.operations}
      />
      {item.decides !== null && (
        <>
          <dt>{item.sort === "request" ? "In place of" : "About"}</dt>
          <dd>
            <a href={hrefOfRequest(item.decides)}>the request</a>
          </dd>
        </>
      )}
      {item.preview !== null && (
        <>
          <dt>Preview with it</dt>
          <dd>{item.preview}</dd>
        </>
      )}
      {item.customers.length > 0 && (
        <>
          <dt>Customer</dt>
          <dd>
            {item.customers.map((customer) => (
              <a key={customer} className={css.customer} href={hrefOf("customers", { customer })}>
                {customer}
              </a>
            ))}
          </dd>
        </>
      )}
      <dt>Decided</dt>
      <dd>
        by {item.queued_by}, <Moment at={item.queued_at} zone={zone} />
      </dd>
      <dt>Looked at under</dt>
      <dd>configuration {item.revision}</dd>
      {item.kept_back !== null && item.kept_back_at !== null && (
        <>
          <dt>Kept back</dt>
          <dd>
            <Moment at={item.kept_back_at} zone={zone} />: {sentence(item.kept_back)}
          </dd>
        </>
      )}
    </WholeFacts>
  );
}

/** What became of what it stands on, and what can be done. */
function Acts({ shown }: PartProps) {
  const client = useQueryClient();
  const changed = useChanged();
  const { item, is_overtaken, publishes, as_shown, refused } = shown;
  const renew = useMutation<null, Failure>({
    mutationFn: () =>
      commands.renewOutboxItem(item.number, [], shown.now).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: async () => {
      await changed();
      say(`Number ${item.number} is decided again. It waits to be pushed.`);
    },
    // It may be another by now: what is decided next is what is seen next.
    onError: () => client.invalidateQueries({ queryKey: ["outbox"] }),
  });
  const isAsDecided = as_shown && !is_overtaken && refused === null;
  return (
    <Decision
      label="What to do"
      acts={
        <>
          {publishes && is_overtaken && (
            <Button
              look="primary"
              onClick={() => navigate("outbox", { item: item.number, renew: "yes" })}
            >
              Bring together and decide again
            </Button>
          )}
          {!(publishes && is_overtaken) &&
            refused === null &&
            (!isAsDecided || item.kept_back !== null) && (
              <Button look="primary" disabled={renew.isPending} onClick={() => renew.mutate()}>
                {as_shown ? "Decide again as it is" : "Decide again with these entries"}
              </Button>
            )}
          <DiscardItem number={item.number} name={nameOf(item)} />
        </>
      }
    >
      <p role="status">{standing(shown)}</p>
      {renew.error !== null && <FailureNotice failure={renew.error} />}
    </Decision>
  );
}

function standing({ refused, is_overtaken, as_shown, item }: OutboxItemInWhole): string {
  if (is_overtaken) {
    return "Another configuration came into force since it was decided, so it is not done as it is.";
  }
  if (refused !== null) {
    return `The books would refuse it now: ${sentence(refused)}`;
  }
  if (!as_shown) {
    return "The books have moved since: it would cause other entries now than those that were shown.";
  }
  return item.kept_back === null
    ? "It would do now what was shown when it was decided. It is done with the next push."
    : "As far as this copy knows, it would do now what was shown.";
}

function Published({ shown: { item, is_overtaken } }: PartProps) {
  const merge = useQuery(
    question(["outbox", "merge", item.number, []], () => commands.outboxMerge(item.number, [])),
  );
  return (
    <>
      {merge.isPending && <Skeleton label="Reading what it changes" rows={4} />}
      {merge.isError && <FailureNotice failure={merge.error} />}
      {merge.isSuccess && (
        <section aria-labelledby="item-changes">
          <h2 id="item-changes">What it changes of configuration {merge.data.revision}</h2>
          <Changes title="Changes" changes={merge.data.ours} count={merge.data.ours_count} />
        </section>
      )}
      {merge.isSuccess && is_overtaken && (
        <section aria-labelledby="item-since">
          <h2 id="item-since">What was published since</h2>
          <Changes
            title="What was published since"
            changes={merge.data.theirs}
            count={merge.data.theirs_count}
          />
        </section>
      )}
    </>
  );
}
