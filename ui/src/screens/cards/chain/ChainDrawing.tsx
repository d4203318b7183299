/** A chain of units, drawn: what is metered at the left, money at the right, and each link a way to edit it. */
import { useId } from "react";
import type { ChainLink, UnitChain } from "../../../host";
import { Day } from "../../../parts/Figure";
import { hrefOf } from "../../../router";
import { hrefOfSheet, isDay } from "../places";
import css from "./chain.module.css";

export function ChainDrawing({ chain }: { readonly chain: UnitChain }) {
  const id = useId();
  return (
    <section className={css.chain} aria-labelledby={id}>
      <h3 id={id}>
        {chain.meter}, priced by {chain.card}
        {chain.assigned && <span className={css.who}> for customers that name it</span>}
      </h3>
      <ol className={css.way}>
        <li className={css.unit}>
          <strong title={chain.from}>{chain.from}</strong>
          <span className={css.what}>as metered</span>
        </li>
        {chain.steps.map((step) => (
          <li key={step.to} className={css.step}>
            <div className={css.links}>
              <span className={css.arrow} aria-hidden="true" />
              {step.links.length === 0 && <p className={css.gap}>{step.words}</p>}
              {step.links.map((link) => (
                <Link key={`${link.kind} ${link.code}`} link={link} />
              ))}
            </div>
            <div className={css.unit}>
              <strong title={step.to}>{step.to}</strong>
              <span className={css.what}>{step.links.length > 0 && step.words}</span>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

const KINDS: Readonly<Record<ChainLink["kind"], string>> = {
  conversion: "conversion",
  rate_card: "rate card",
  wallet_type: "wallet",
};

function Link({ link }: { readonly link: ChainLink }) {
  return (
    <div className={css.link}>
      <span className={css.what}>{KINDS[link.kind]}</span>
      <a href={hrefOfLink(link)} title={link.name === "" ? link.code : link.name}>
        {link.code}
      </a>
      <span className={css.what}>
        version {link.version}{" "}
        <span className={css.since}>
          from {isDay(link.effective_at) ? <Day day={link.effective_at} /> : link.effective_at}
        </span>
      </span>
      {link.words.map((words) => (
        <span key={words}>{words}</span>
      ))}
    </div>
  );
}

/** Where a link is edited. */
function hrefOfLink({ kind, code, version }: ChainLink): string {
  switch (kind) {
    case "conversion":
      return hrefOf("cards", { conversion: code, version: String(version) });
    case "rate_card":
      return hrefOfSheet({ card: code, version, draft: null });
    case "wallet_type":
      return hrefOf("wallets", { type: code, version: String(version) });
  }
}
