/** An item: what it would cause now against what was shown, what it changes, and what can be done about it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asFailure, commands, type Failure, type OutboxItemInWhole, question } from "../../host";
import { Button } from "../../parts/Button";
import { Changes } from "../../parts/Changes";
import { EntriesToCome } from "../../parts/EntriesToCome";
import { FailureNotice } from "../../parts/FailureNotice";
import { Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { say } from "../../parts/Toasts";
import { sentence, words } from "../../parts/words";
import { hrefOf, navigate } from "../../router";
import { hrefOfRequest } from "../approvals/requests";
import { DiscardItem } from "./DiscardItem";
import { itemQuestion, nameOf } from "./items";
import css from "./outbox.module.css";

interface ItemPageProps {
  readonly number: string;
  readonly zone: string;
}

export function ItemPage({ number, zone }: ItemPageProps) {
  const found = useQuery({ ...itemQuestion(number), refetchOnMount: "always" });
  const shown = found.data;
  return (
    <Page
      title={shown === undefined ? `Number ${number}` : nameOf(shown.item)}
      state={
        shown !== undefined && (
          <span className={css.chip} data-kept={shown.item.kept_back !== null}>
            {shown.item.kept_back === null ? "waits" : "kept back"}
          </span>
        )
      }
      acts={<a href={hrefOf("outbox")}>All that waits</a>}
    >
      {found.isError && <FailureNotice failure={found.error} />}
      {found.isPending && <Skeleton label="Reading the item" rows={10} />}
      {shown !== undefined && found.error === null && (
        <div className={css.page}>
          <Facts shown={shown} zone={zone} />
          <Acts shown={shown} />
          {shown.publishes && <Published shown={shown} />}
          {(!shown.publishes || shown.entries.length > 0) && <Entries shown={shown} />}
          <details>
            <summary>What is to be done, as it is written</summary>
            {shown.texts.map((text) => (
              <pre key={text} className={css.text}>
                {text}
              </pre>
            ))}
          </details>
        </div>
      )}
    </Page>
  );
}

interface PartProps {
  readonly shown: OutboxItemInWhole;
}

function Facts({ shown: { item }, zone }: PartProps & { readonly zone: string }) {
  return (
    <dl className={css.facts}>
      <dt>Number</dt>
      <dd>{item.number} of the outbox</dd>
      {item.operations.some(({ says }) => says !== "") && (
        <>
          <dt>{item.sort === "request" ? "Asks for" : "Does"}</dt>
          <dd>
            {item.operations.map(({ operation, kind, says }) => (
              <div key={operation}>
                {words(kind)}
                {says !== "" && `: ${says}`}
              </div>
            ))}
          </dd>
        </>
      )}
      {item.decides !== null && (
        <>
          <dt>{item.sort === "request" ? "In place of" : "About"}</dt>
          <dd>
            <a href={hrefOfRequest(item.decides)}>the request</a>
          </dd>
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
    </dl>
  );
}

/** What became of what it stands on, and what can be done. */
function Acts({ shown }: PartProps) {
  const client = useQueryClient();
  const { item, is_overtaken, publishes, as_shown, refused } = shown;
  const renew = useMutation<null, Failure>({
    mutationFn: () =>
      commands.renewOutboxItem(item.number, []).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: async () => {
      await client.invalidateQueries();
      say(`Number ${item.number} is decided again. It waits to be pushed.`);
    },
  });
  const isAsDecided = as_shown && !is_overtaken && refused === null;
  return (
    <section className={css.decide} aria-label="What to do">
      <p role="status">{standing(shown)}</p>
      {renew.error !== null && <FailureNotice failure={renew.error} />}
      <div className={css.acts}>
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
      </div>
    </section>
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

/** What it would cause now, beside what was shown where that is another. */
function Entries({ shown: { as_shown, refused, entries, shown } }: PartProps) {
  if (as_shown && refused === null) {
    return <EntriesToCome entries={entries} of={null} />;
  }
  return (
    <div className={css.sides}>
      <div>
        <EntriesToCome entries={shown} of={null} title="What was shown when it was decided" />
      </div>
      {refused === null && (
        <div>
          <EntriesToCome entries={entries} of={null} title="What it would cause now" />
        </div>
      )}
    </div>
  );
}
