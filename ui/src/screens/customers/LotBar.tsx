/**
 * A wallet as a bar of its lots in the order in which they burn: colour by kind, width by units, the held
 * part hatched, a flag on what ends soon. The table of lots says the same in words.
 */
import type { CustomerWallet } from "../../host";
import css from "./LotBar.module.css";

const KINDS: Readonly<Record<string, string | undefined>> = {
  purchased: css.purchased,
  bonus: css.bonus,
  promotional: css.promotional,
};

/** The colour of a kind of lot. */
export function kindClass(kind: string): string {
  return KINDS[kind] ?? css.other ?? "";
}

export function LotBar({ wallet }: { readonly wallet: CustomerWallet }) {
  return (
    <div
      className={css.bar}
      role="img"
      aria-label={`${wallet.lots.length} lots of ${wallet.wallet}, in the order in which they burn`}
    >
      {wallet.lots.map((lot) => (
        <span
          key={lot.lot}
          className={`${css.lot} ${kindClass(lot.kind)}`}
          data-frozen={lot.state === "frozen" || lot.state === "expired"}
          style={{ flexGrow: Math.max(lot.share, 6) }}
          title={`${lot.lot}: ${lot.left} left, ${lot.held} held`}
        >
          {lot.held_share > 0 && (
            <span className={css.held} style={{ width: `${lot.held_share / 10}%` }} />
          )}
          {lot.ends_soon && <span className={css.flag} />}
        </span>
      ))}
    </div>
  );
}

/** What the colours mean, as far as they occur. */
export function KindKey({ wallets }: { readonly wallets: readonly CustomerWallet[] }) {
  const lots = wallets.flatMap((wallet) => wallet.lots);
  const kinds = [...new Set(lots.map(({ kind }) => kind))];
  return (
    <p className={css.key}>
      {kinds.map((kind) => (
        <span key={kind}>
          <span className={`${css.swatch} ${kindClass(kind)}`} /> {kind}
        </span>
      ))}
      {lots.some(({ held_share }) => held_share > 0) && (
        <span>
          <span className={`${css.swatch} ${css.hatched}`} /> held
        </span>
      )}
      {lots.some(({ ends_soon }) => ends_soon) && (
        <span>
          <span className={css.flagKey} /> ends within 30 days
        </span>
      )}
    </p>
  );
}
