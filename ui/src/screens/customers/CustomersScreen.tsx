/** Customers: the list, or one of them in whole. */
import type { ScreenProps } from "../screen";
import { CustomerPage } from "./CustomerPage";
import { CustomersList } from "./CustomersList";

export function CustomersScreen({ status, params }: ScreenProps) {
  const { customer } = params;
  return customer === undefined ? (
    <CustomersList params={params} status={status} />
  ) : (
    <CustomerPage key={customer} customer={customer} status={status} params={params} />
  );
}
