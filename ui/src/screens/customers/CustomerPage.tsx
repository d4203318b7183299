/** One customer in whole: wallets, lots, outlook, holds, alerts and entries; and every act on them. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAsOf } from "../../asOf";
import {
  type CustomerInWhole,
  type CustomerWallet,
  commands,
  question,
  type UnitAmount,
  type WorkspaceStatus,
} from "../../host";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Amount, Day } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { WaitsHere } from "../../parts/send/WaitsHere";
import { hrefOf, replaceParams } from "../../router";
import { ActSheet } from "./acts/ActSheet";
import type { Begun } from "./acts/act";
import css from "./Customers.module.css";
import { AlertsOf, Holds } from "./Holds";
import { KindKey, LotBar } from "./LotBar";
import { LotTable } from "./LotTable";
import { Outlook } from "./Outlook";
import { StatementSheet } from "./StatementSheet";
import { Timeline } from "./Timeline";

interface CustomerPageProps {
  readonly customer: string;
  readonly status: WorkspaceStatus;
  readonly params: Readonly<Record<string, string>>;
}

export function CustomerPage({ customer, status, params }: CustomerPageProps) {
  const { asOf } = useAsOf();
  const whole = useQuery(
    question(["customers", "one", customer, asOf], () => commands.customerInWhole(customer, asOf)),
  );
  const [begun, setBegun] = useState<Begun | null>(null);
  const found = whole.data;
  const title = found === undefined || found.name === "" ? customer : found.name;
  return (
    <Page
      title={title}
      state={
        <>
          <span>{customer}</span>
          {found?.plan != null && <span>{found.plan}</span>}
          {found?.country != null && <span>{found.country}</span>}
          <a href={hrefOf("customers")}>All customers</a>
        </>
      }
      acts={
        <>
          <StatementSheet customer={customer} status={status} />
          {asOf === null && found !== undefined && (
            <Button look="primary" onClick={() => setBegun({ act: "grant" })}>
              Grant credits
            </Button>
          )}
        </>
      }
    >
      {whole.isError && <FailureNotice failure={whole.error} />}
      {whole.isPending && <Skeleton label="Reading the customer" rows={14} />}
      {found !== undefined && (
        <Whole
          found={found}
          asOf={asOf}
          zone={status.zone ?? "UTC"}
          chosen={params.wallet}
          onAct={asOf === null ? setBegun : undefined}
        />
      )}
      {found !== undefined && begun !== null && (
        <ActSheet customer={found} begun={begun} onClose={() => setBegun(null)} />
      )}
    </Page>
  );
}

interface WholeProps {
  readonly found: CustomerInWhole;
  readonly asOf: string | null;
  readonly zone: string;
  readonly chosen: string | undefined;
  readonly onAct: ((begun: Begun) => void) | undefined;
}

function Whole({ found, asOf, zone, chosen, onAct }: WholeProps) {
  const wallet = found.wallets.find((each) => each.wallet === chosen) ?? found.wallets[0];
  return (
    <div className={css.page}>
      {asOf === null && <WaitsHere of={found.customer} />}
      <Facts found={found} />
      {found.wallets.length === 0 ? (
        <Empty title="No credits yet">
          A grant makes the first lot; usage before that is overage in money, or refused, as the
          wallet types say.
        </Empty>
      ) : (
        <section aria-labelledby="wallets">
          <div className={css.head}>
            <h2 id="wallets">Wallets</h2>
            <KindKey wallets={found.wallets} />
          </div>
          <div className={css.wallets}>
            {found.wallets.map((each) => (
              <WalletLine
                key={each.wallet}
                customer={found.customer}
                wallet={each}
                isChosen={each === wallet}
              />
            ))}
          </div>
        </section>
      )}
      {wallet !== undefined && (
        <>
          <LotTable
            customer={found.customer}
            wallet={wallet}
            zone={zone}
            onAct={onAct && ((act, lot) => onAct({ act, lot, wallet }))}
          />
          <Outlook customer={found.customer} wallet={wallet} asOf={asOf} />
        </>
      )}
      <Holds holds={found.holds} zone={zone} />
      <AlertsOf alerts={found.alerts} zone={zone} />
      {wallet !== undefined && (
        <Timeline
          key={wallet.wallet}
          customer={found.customer}
          wallet={wallet.wallet}
          unit={wallet.unit}
          asOf={asOf}
          zone={zone}
        />
      )}
    </div>
  );
}

interface WalletLineProps {
  readonly customer: string;
  readonly wallet: CustomerWallet;
  readonly isChosen: boolean;
}

function WalletLine({ customer, wallet, isChosen }: WalletLineProps) {
  const expected = wallet.pace?.expected ?? null;
  return (
    <button
      type="button"
      className={css.wallet}
      aria-pressed={isChosen}
      onClick={() => replaceParams({ customer, wallet: wallet.wallet })}
    >
      <span className={css.walletName} title={wallet.wallet}>
        {wallet.wallet}
      </span>
      <LotBar wallet={wallet} />
      <span className={css.walletAmount}>
        <Amount value={wallet.available} /> {wallet.unit}
      </span>
      <span className={css.walletWhen}>
        {wallet.overdrawn !== null ? (
          <span className={css.overdrawn}>
            overdrawn by <Amount value={wallet.overdrawn} />
          </span>
        ) : (
          expected !== null && (
            <>
              empty on <Day day={expected.day} />
            </>
          )
        )}
      </span>
    </button>
  );
}

function Facts({ found }: { readonly found: CustomerInWhole }) {
  const facts = [
    { name: "Deferred", amounts: found.deferred },
    { name: "Earned, not invoiced", amounts: found.unbilled },
    { name: "Invoiced, not paid", amounts: found.receivable },
    { name: "Fees not yet earned", amounts: found.deferred_fees },
  ].filter(({ amounts }) => amounts.length > 0);
  return (
    <dl className={css.facts}>
      {facts.map(({ name, amounts }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Amounts amounts={amounts} />
          </dd>
        </div>
      ))}
      {found.signed_up_on !== null && (
        <div>
          <dt>Signed up</dt>
          <dd>
            <Day day={found.signed_up_on} />
          </dd>
        </div>
      )}
      {found.tags.length > 0 && (
        <div>
          <dt>Labels</dt>
          <dd>{found.tags.join(", ")}</dd>
        </div>
      )}
    </dl>
  );
}

function Amounts({ amounts }: { readonly amounts: readonly UnitAmount[] }) {
  return (
    <>
      {amounts.map(({ unit, amount }) => (
        <span key={unit}>
          <Amount value={amount} /> {unit}
        </span>
      ))}
    </>
  );
}
