/** When a version takes effect: a day of the books, or an instant. */
import { Day, Moment } from "../../parts/Figure";
import { isDay } from "./places";

export function When({ at, zone }: { readonly at: string; readonly zone: string }) {
  return isDay(at) ? <Day day={at} /> : <Moment at={at} zone={zone} />;
}
