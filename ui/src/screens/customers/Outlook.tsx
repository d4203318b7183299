/** How fast a wallet burns and when it is empty, in words and as the burn-down chart. */
import { type CustomerWallet, commands, question, type WalletPace } from "../../host";
import { Chart } from "../../parts/Chart";
import { Amount, Day } from "../../parts/Figure";
import css from "./Customers.module.css";

interface OutlookProps {
  readonly customer: string;
  readonly wallet: CustomerWallet;
  readonly asOf: string | null;
}

export function Outlook({ customer, wallet, asOf }: OutlookProps) {
  return (
    <section aria-labelledby="outlook">
      <div className={css.head}>
        <h3 id="outlook">Burn-down</h3>
      </div>
      <div className={css.outlook}>
        <Chart
          title={`Burn-down of ${wallet.wallet}`}
          width={620}
          height={260}
          ask={(look) =>
            question(["customers", "burn-down", customer, wallet.wallet, asOf, look], () =>
              commands.burnDownChart(customer, wallet.wallet, asOf, look),
            )
          }
        />
        {wallet.pace !== null && <Pace pace={wallet.pace} unit={wallet.unit} />}
      </div>
    </section>
  );
}

function Pace({ pace, unit }: { readonly pace: WalletPace; readonly unit: string }) {
  const rates = [
    { name: "Yesterday", rate: pace.last_1 },
    { name: "Last 7 days", rate: pace.last_7 },
    { name: "Last 30 days", rate: pace.last_30 },
  ];
  return (
    <div className={css.pace}>
      <p>
        <Dry pace={pace} />
      </p>
      {rates.map(
        ({ name, rate }) =>
          rate !== null && (
            <p key={name} className={css.muted}>
              {name}: <Amount value={rate.per_day} /> {unit} a day
              {rate.days > 1 && `, over ${rate.days} days`}
            </p>
          ),
      )}
    </div>
  );
}

/** When a wallet is empty, with the band that the weeks give. */
export function Dry({ pace }: { readonly pace: WalletPace }) {
  if (pace.expected === null) {
    return <>It does not run out at the rate of the last 30 days.</>;
  }
  const { expected, earliest, latest } = pace;
  const hasBand = earliest !== null && earliest.day !== expected.day;
  return (
    <>
      Empty on{" "}
      <strong>
        <Day day={expected.day} />
      </strong>
      {hasBand && (
        <>
          , between <Day day={earliest.day} /> and{" "}
          {latest === null ? "never" : <Day day={latest.day} />}
        </>
      )}
      .
      {/[1-9]/.test(expected.unused) && (
        <>
          {" "}
          <Amount value={expected.unused} /> end unused by then.
        </>
      )}
    </>
  );
}
