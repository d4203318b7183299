/** The outbox: all that waits, one item, one brought together, or all that is decided again at once. */
import type { ScreenProps } from "../screen";
import { AgainPage } from "./AgainPage";
import { ItemList } from "./ItemList";
import { ItemPage } from "./ItemPage";
import { RenewPage } from "./RenewPage";

export function OutboxScreen({ status, params }: ScreenProps) {
  const zone = status.zone ?? "UTC";
  const { item, renew, again } = params;
  if (again !== undefined) {
    return <AgainPage />;
  }
  if (item === undefined) {
    return <ItemList zone={zone} ledger={status.copy_of} />;
  }
  return renew === undefined ? (
    <ItemPage key={item} number={item} zone={zone} />
  ) : (
    <RenewPage key={item} number={item} />
  );
}
