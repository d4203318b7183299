/** The outbox: all that waits, or one item, or one brought together with what was published since. */
import type { ScreenProps } from "../screen";
import { ItemList } from "./ItemList";
import { ItemPage } from "./ItemPage";
import { RenewPage } from "./RenewPage";

export function OutboxScreen({ status, params }: ScreenProps) {
  const zone = status.zone ?? "UTC";
  const { item, renew } = params;
  if (item === undefined) {
    return <ItemList zone={zone} ledger={status.copy_of} />;
  }
  return renew === undefined ? (
    <ItemPage key={item} number={item} zone={zone} />
  ) : (
    <RenewPage key={item} number={item} />
  );
}
