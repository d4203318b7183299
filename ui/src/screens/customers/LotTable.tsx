/** The lots of a wallet in the order in which they burn, the life of each in words, and its acts. */
import { Menu } from "@base-ui/react/menu";
import { ChevronDown } from "lucide-react";
import type { CustomerWallet, LotInStack } from "../../host";
import { useInspector } from "../../inspector";
import { Button } from "../../parts/Button";
import { Amount, Day, Moment } from "../../parts/Figure";
import menu from "../../parts/Menu.module.css";
import table from "../../parts/table.module.css";
import { hrefOf } from "../../router";
import type { LotAct } from "./acts/act";
import css from "./Customers.module.css";
import { kindClass } from "./LotBar";

interface LotTableProps {
  readonly customer: string;
  readonly wallet: CustomerWallet;
  readonly zone: string;
  /** Begins an act on a lot; absent where the past is read. */
  readonly onAct: ((act: LotAct, lot: LotInStack) => void) | undefined;
}

export function LotTable({ customer, wallet, zone, onAct }: LotTableProps) {
  const { inspect } = useInspector();
  const show = (lot: LotInStack) =>
    inspect({
      title: `Lot ${lot.lot}`,
      content: <LotDetail lot={lot} unit={wallet.unit} zone={zone} customer={customer} />,
    });
  const row = (lot: LotInStack, place: number | null) => (
    <tr key={lot.lot}>
      <td className={css.order}>
        <span className={kindClass(lot.kind)} aria-hidden="true" />
        {place}
      </td>
      <td className={css.life}>
        <button type="button" className={css.lotName} onClick={() => show(lot)}>
          {lot.lot}
        </button>{" "}
        <LotLife lot={lot} zone={zone} />
      </td>
      <td className={table.number}>
        <Amount value={lot.left} />
      </td>
      <td className={table.number}>
        <Amount value={lot.held} zero="dash" />
      </td>
      <td className={table.number}>{onAct !== undefined && <Acts lot={lot} onAct={onAct} />}</td>
    </tr>
  );
  const head = (
    <thead>
      <tr>
        <th scope="col">Burns</th>
        <th scope="col">Lot and its life</th>
        <th scope="col" className={table.number}>
          Left
        </th>
        <th scope="col" className={table.number}>
          Held
        </th>
        <th scope="col" className={table.number}>
          <span className="visually-hidden">Actions</span>
        </th>
      </tr>
    </thead>
  );
  return (
    <section aria-labelledby="lots">
      <div className={css.head}>
        <h3 id="lots">
          Lots of {wallet.wallet}, in {wallet.unit}
        </h3>
        <span>in the order in which they burn</span>
      </div>
      {wallet.lots.length === 0 ? (
        <p className={css.muted}>Nothing is left in this wallet.</p>
      ) : (
        <table className={`${table.table} ${css.lots}`} aria-labelledby="lots">
          {head}
          <tbody>{wallet.lots.map((lot, n) => row(lot, n + 1))}</tbody>
        </table>
      )}
      {wallet.spent.length > 0 && (
        <details className={css.spent}>
          <summary>
            {wallet.spent.length} {wallet.spent.length === 1 ? "lot" : "lots"} with nothing left
          </summary>
          <table className={`${table.table} ${css.lots}`} aria-label="Lots with nothing left">
            {head}
            <tbody>{wallet.spent.map((lot) => row(lot, null))}</tbody>
          </table>
        </details>
      )}
    </section>
  );
}

const VERBS: Readonly<Record<string, string | undefined>> = {
  purchased: "bought",
  allocated: "allocated",
  migrated: "taken over",
  bonus: "given as a bonus",
  promotional: "given as a promotion",
  compensation: "given in compensation",
};

const STATES: Readonly<Record<string, string | undefined>> = {
  not_yet_effective: "not yet usable",
  expired: "ended",
  frozen: "frozen by a chargeback",
};

/** The life of a lot in words: `1,200 bought 3 Mar at 0.09 EUR, ends 2 Mar, about 40 left by then`. */
export function LotLife({ lot, zone }: { readonly lot: LotInStack; readonly zone: string }) {
  const state = STATES[lot.state];
  return (
    <>
      <Amount value={lot.issued} /> {VERBS[lot.kind] ?? lot.kind} on <Day day={lot.granted_on} />
      {lot.unit_price !== null && lot.currency !== null && (
        <>
          {" "}
          at <Amount value={lot.unit_price} /> {lot.currency}
        </>
      )}
      {lot.expires_at === null ? (
        ", never ends"
      ) : (
        <>
          , {lot.state === "expired" ? "ended" : "ends"} <Moment at={lot.expires_at} zone={zone} />
        </>
      )}
      {lot.left_at_end !== null && lot.state !== "expired" && (
        <>
          ,{" "}
          {isZero(lot.left_at_end) ? (
            "used up before then"
          ) : (
            <>
              about <Amount value={lot.left_at_end} /> left by then
            </>
          )}
        </>
      )}
      {state !== undefined && lot.state !== "expired" && `; ${state}`}
    </>
  );
}

function isZero(amount: string): boolean {
  return !/[1-9]/.test(amount);
}

function Acts({
  lot,
  onAct,
}: {
  readonly lot: LotInStack;
  readonly onAct: (act: LotAct, lot: LotInStack) => void;
}) {
  const acts: readonly (readonly [LotAct, string])[] = [
    ["refund", "Refund"],
    ["transfer", "Transfer"],
    ["extend", "Extend"],
    ["adjust", "Adjust"],
  ];
  return (
    <Menu.Root>
      <Menu.Trigger render={<Button look="quiet" aria-label={`Actions on lot ${lot.lot}`} />}>
        Actions
        <ChevronDown aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className={menu.positioner} align="end" sideOffset={4}>
          <Menu.Popup className={menu.popup}>
            {acts.map(([act, name]) => (
              <Menu.Item key={act} className={menu.item} onClick={() => onAct(act, lot)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

interface LotDetailProps {
  readonly lot: LotInStack;
  readonly unit: string;
  readonly zone: string;
  readonly customer: string;
}

/** A lot in whole, in the inspector. */
function LotDetail({ lot, unit, zone, customer }: LotDetailProps) {
  return (
    <div className={css.page}>
      <p>
        <LotLife lot={lot} zone={zone} />.
      </p>
      <table className={table.table}>
        <caption className="visually-hidden">Figures of the lot</caption>
        <tbody>
          <Line name="Issued" amount={lot.issued} unit={unit} />
          <Line name="Left" amount={lot.left} unit={unit} />
          <Line name="Held" amount={lot.held} unit={unit} />
          {lot.carrying !== null && lot.currency !== null && (
            <Line name="Not yet recognised" amount={lot.carrying} unit={lot.currency} />
          )}
        </tbody>
      </table>
      <p>
        <a href={hrefOf("ledger", { customer, lot: lot.lot })}>Every entry of this lot</a>
      </p>
    </div>
  );
}

function Line({
  name,
  amount,
  unit,
}: {
  readonly name: string;
  readonly amount: string;
  readonly unit: string;
}) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className={table.number}>
        <Amount value={amount} />
      </td>
      <td>{unit}</td>
    </tr>
  );
}
