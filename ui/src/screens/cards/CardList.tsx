/** Every version of every card, and the drafts of the next ones. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useChanged } from "../../changed";
import {
  asFailure,
  type CardState,
  commands,
  type Failure,
  question,
  type RateCards,
  type SheetPlace,
} from "../../host";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Count, Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import table from "../../parts/table.module.css";
import { hrefOf, navigate, replaceParams } from "../../router";
import css from "./cards.module.css";
import { groupedBy } from "./model/groups";
import { NewCard } from "./NewCard";
import { hrefOfSheet, paramsOf, STATE_WORDS } from "./places";
import { StateChip } from "./StateChip";
import { When } from "./When";

interface CardListProps {
  readonly params: Readonly<Record<string, string>>;
  readonly zone: string;
}

/** A version in the list. */
interface Version {
  readonly place: SheetPlace;
  readonly state: CardState;
  readonly effectiveAt: string;
  readonly rows: string;
  readonly note: {
    readonly what: "saved" | "asked for";
    readonly at: string;
    readonly by: string;
    readonly half: boolean;
  } | null;
  /** The request in which it waits for a second person. */
  readonly request: string | null;
  /** The number under which it waits in the outbox. */
  readonly queued: string | null;
}

interface Card {
  readonly code: string;
  readonly name: string;
  readonly unit: string;
  readonly who: string;
  readonly latest: number;
  readonly versions: readonly Version[];
}

export const cardsQuestion = question(["cards", "all"], () => commands.rateCards());

export function CardList({ params, zone }: CardListProps) {
  const { data, error, isPending } = useQuery({ ...cardsQuestion, refetchOnMount: "always" });
  const [failure, setFailure] = useState<Failure | null>(null);
  const changed = useChanged();
  const cards = useMemo(() => (data === undefined ? [] : cardsOf(data)), [data]);
  const found = cards
    .map((card) => ({ ...card, versions: card.versions.filter((v) => isWanted(v, card, params)) }))
    .filter(({ versions }) => versions.length > 0);
  const count = found.reduce((sum, { versions }) => sum + versions.length, 0);
  const begin = async (card: string, from: number) => {
    try {
      const place = await commands.beginCardVersion(card, from);
      void changed();
      navigate("cards", paramsOf(place));
    } catch (thrown) {
      setFailure(asFailure(thrown));
    }
  };
  return (
    <Page
      title="Rate cards"
      state={
        <>
          {data !== undefined && (
            <span role="status">
              <Count value={String(count)} /> {count === 1 ? "version" : "versions"}
            </span>
          )}
          <a href={hrefOf("cards", { chain: "all" })}>From usage to money: the chain</a>
        </>
      }
      acts={data !== undefined && <NewCard units={data.units} />}
      filters={<ListFilters params={params} />}
    >
      {error !== null && <FailureNotice failure={error} />}
      {failure !== null && <FailureNotice failure={failure} />}
      {isPending && <Skeleton label="Reading rate cards" rows={10} />}
      {data?.unreadable.map(({ draft, why }) => (
        <p key={draft} className={css.notice} role="status">
          The draft {draft} cannot be read and is left alone: {why}
        </p>
      ))}
      {data !== undefined && found.length === 0 && <Nothing isAll={cards.length === 0} />}
      {found.length > 0 && (
        <table className={`${table.table} ${css.list}`}>
          <caption className="visually-hidden">Versions of rate cards, the latest first</caption>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">State</th>
              <th scope="col">Takes effect</th>
              <th scope="col" className={table.number}>
                Rates
              </th>
              <th scope="col">Saved</th>
            </tr>
          </thead>
          {found.map((card) => (
            <CardRows key={card.code} card={card} zone={zone} onBegin={begin} />
          ))}
        </table>
      )}
    </Page>
  );
}

interface CardRowsProps {
  readonly card: Card;
  readonly zone: string;
  readonly onBegin: (card: string, from: number) => void;
}

function CardRows({ card, zone, onBegin }: CardRowsProps) {
  return (
    <tbody>
      <tr className={css.card}>
        <th scope="rowgroup" colSpan={4}>
          <strong>{card.code}</strong> {card.name}
          <span className={css.aside}>
            charges in {card.unit}; {card.who}
          </span>
        </th>
        <td>
          {card.latest > 0 && (
            <Button look="quiet" onClick={() => onBegin(card.code, card.latest)}>
              New version<span className="visually-hidden"> of {card.code}</span>
            </Button>
          )}
        </td>
      </tr>
      {card.versions.map((version) => (
        <tr key={`${version.place.version} ${version.place.draft ?? version.request ?? ""}`}>
          <td className={css.version}>
            <a href={hrefOfVersion(version)}>
              <span className="visually-hidden">{card.code} </span>version {version.place.version}
            </a>
            {version.place.draft !== null && (
              <span className={css.aside}>{version.place.draft}</span>
            )}
          </td>
          <td>
            <StateChip state={version.state} />
            {version.request !== null && version.place.draft !== null && (
              <a className={css.aside} href={hrefOf("approvals", { request: version.request })}>
                the request
              </a>
            )}
            {version.queued !== null && (
              <a className={css.aside} href={hrefOf("outbox", { item: version.queued })}>
                in the outbox
              </a>
            )}
            {version.note?.half === true && <span className={css.aside}>cells to correct</span>}
          </td>
          <td>
            <When at={version.effectiveAt} zone={zone} />
          </td>
          <td className={table.number}>
            <Count value={version.rows} />
          </td>
          <td>
            {version.note !== null && (
              <span className={table.muted}>
                {version.note.what === "asked for" && "asked for "}
                <Moment at={version.note.at} zone={zone} /> by {version.note.by}
              </span>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  );
}

/** A version that is in no draft here is read in its request. */
function hrefOfVersion({ place, request }: Version): string {
  return request !== null && place.draft === null
    ? hrefOf("approvals", { request })
    : hrefOfSheet(place);
}

function ListFilters({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const set = (name: string, value: string) => {
    const { [name]: _, ...rest } = params;
    replaceParams(value === "" ? rest : { ...rest, [name]: value });
  };
  return (
    <>
      <Field
        label="Card"
        value={params.find ?? ""}
        onChange={(event) => set("find", event.currentTarget.value)}
      />
      <Field.Label htmlFor="cards-state" label="State">
        <select
          id="cards-state"
          value={params.state ?? ""}
          onChange={(event) => set("state", event.currentTarget.value)}
        >
          <option value="">all</option>
          {Object.entries(STATE_WORDS).map(([state, word]) => (
            <option key={state} value={state}>
              {word}
            </option>
          ))}
        </select>
      </Field.Label>
    </>
  );
}

function Nothing({ isAll }: { readonly isAll: boolean }) {
  return isAll ? (
    <Empty title="No rate card yet">
      A rate card says what usage costs: a row for each price, a version for each change of them.
      Make the first one, or paste it from a spreadsheet into a new one.
    </Empty>
  ) : (
    <Empty title="No version matches">Take one of the filters away.</Empty>
  );
}

function isWanted(version: Version, card: Card, params: Readonly<Record<string, string>>): boolean {
  const text = (params.find ?? "").trim().toLowerCase();
  const named = `${card.code} ${card.name} ${version.place.draft ?? ""}`.toLowerCase();
  return named.includes(text) && [undefined, version.state].includes(params.state as CardState);
}

function cardsOf(data: RateCards): readonly Card[] {
  const drafts = groupedBy(data.drafts, ({ card }) => card);
  const reviews = groupedBy(data.reviews, ({ card }) => card);
  const draftVersions = (code: string): readonly Version[] => [
    ...(drafts.get(code) ?? []).map((draft) => ({
      place: { card: code, version: draft.version, draft: draft.draft },
      state: draft.state,
      effectiveAt: draft.effective_at,
      rows: draft.rows,
      note: {
        what: "saved" as const,
        at: draft.saved_at,
        by: draft.saved_by,
        half: draft.is_half_typed,
      },
      request: draft.request,
      queued: draft.queued,
    })),
    ...(reviews.get(code) ?? []).map((review) => ({
      place: { card: code, version: review.version, draft: null },
      state: review.state,
      effectiveAt: review.effective_at,
      rows: review.rows,
      note: {
        what: "asked for" as const,
        at: review.asked_at,
        by: review.asked_by,
        half: false,
      },
      request: review.request,
      queued: null,
    })),
  ];
  const known = data.cards.map((card) => ({
    code: card.card,
    name: card.name,
    unit: card.unit,
    who: card.assigned ? `for ${card.customers} customers that name it` : "for everyone",
    latest: Math.max(0, ...card.versions.map(({ version }) => version)),
    versions: [
      ...draftVersions(card.card),
      ...card.versions.map((version) => ({
        place: { card: card.card, version: version.version, draft: null },
        state: version.state,
        effectiveAt: version.effective_at,
        rows: version.rows,
        note: null,
        request: null,
        queued: null,
      })),
    ],
  }));
  const codes = new Set(known.map(({ code }) => code));
  const begun = groupedBy([...data.drafts, ...data.reviews], ({ card }) => card);
  const fresh = [...begun].flatMap(([code, [first]]) =>
    first === undefined || codes.has(code)
      ? []
      : [
          {
            code,
            name: first.name,
            unit: first.unit,
            who: "not published yet",
            latest: 0,
            versions: draftVersions(code),
          },
        ],
  );
  return [...known, ...fresh];
}
