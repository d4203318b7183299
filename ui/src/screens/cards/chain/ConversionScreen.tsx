/** One conversion: a version's factors and the chains through it; a draft is edited at the left of them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ConversionPage } from "../../../host";
import { BeginDraft } from "../../../parts/draft/BeginDraft";
import { FailureNotice } from "../../../parts/FailureNotice";
import { Page } from "../../../parts/Page";
import { Skeleton } from "../../../parts/Skeleton";
import table from "../../../parts/table.module.css";
import { hrefOf, navigate } from "../../../router";
import { StateChip } from "../StateChip";
import { ChainDrawing } from "./ChainDrawing";
import { ConversionDraft } from "./ConversionDraft";
import css from "./chain.module.css";
import { conversionQuestion } from "./questions";

interface ConversionScreenProps {
  readonly code: string;
  /** The one in force where none is named. */
  readonly version: number | null;
}

export function ConversionScreen({ code, version }: ConversionScreenProps) {
  const found = useQuery({
    ...conversionQuestion(code, version),
    placeholderData: keepPreviousData,
  });
  const page = found.data;
  if (page === undefined) {
    return (
      <Page title={code} state={<a href={hrefOf("cards", { chain: "all" })}>All conversions</a>}>
        {found.isError && <FailureNotice failure={found.error} />}
        {found.isPending && <Skeleton label="Reading the conversion" rows={10} />}
      </Page>
    );
  }
  return page.draft === page.shown.version ? (
    <ConversionDraft key={page.shown.version} page={page} />
  ) : (
    <ReadConversion page={page} />
  );
}

function ReadConversion({ page }: { readonly page: ConversionPage }) {
  const { code } = page.conversion;
  return (
    <Page
      title={code}
      state={<ConversionStand page={page} />}
      acts={<BeginDraft kind="conversion" code={code} draft={page.draft} />}
    >
      <div className={css.page}>
        <section aria-labelledby="factors">
          <div className={css.head}>
            <h2 id="factors">What it says</h2>
          </div>
          <Factors page={page} />
        </section>
        <Chains page={page} />
      </div>
    </Page>
  );
}

/** The factors of a version with what each makes of a round amount. */
export function Factors({ page }: { readonly page: ConversionPage }) {
  if (page.factors.length === 0) {
    return page.words.map((words) => <p key={words}>{words}</p>);
  }
  return (
    <table className={table.table}>
      <caption className="visually-hidden">Factors</caption>
      <thead>
        <tr>
          <th scope="col">Factor</th>
          <th scope="col">For example</th>
        </tr>
      </thead>
      <tbody>
        {page.factors.map(({ words, example }) => (
          <tr key={words} className={css.words}>
            <td>{words}</td>
            <td>{example ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Chains({ page }: { readonly page: ConversionPage }) {
  return (
    <section className={css.stack} aria-labelledby="chains">
      <h2 id="chains">The chains through it</h2>
      {page.chains.length === 0 && (
        <p className={css.example}>
          No rate card prices what it makes. It lets wallets of {page.conversion.to} pay for{" "}
          {page.conversion.from} where a wallet type names them as its fallback.
        </p>
      )}
      {page.chains.map((chain) => (
        <ChainDrawing key={`${chain.card} ${chain.meter}`} chain={chain} />
      ))}
    </section>
  );
}

/** What it connects, and which of its versions is looked at. */
export function ConversionStand({ page }: { readonly page: ConversionPage }) {
  const { conversion, shown } = page;
  return (
    <div className={css.stand}>
      <span>
        {conversion.from} into {conversion.to}
      </span>
      <label className={css.choice}>
        Version
        <select
          value={shown.version}
          onChange={(event) =>
            navigate("cards", { conversion: conversion.code, version: event.target.value })
          }
        >
          {conversion.versions.map(({ version, effective_at, state }) => (
            <option key={version} value={version}>
              {version}, from {effective_at}, {state}
            </option>
          ))}
        </select>
      </label>
      <StateChip state={shown.state} />
      <a href={hrefOf("cards", { chain: "all" })}>All conversions</a>
    </div>
  );
}
