import { Users } from "lucide-react";
import type { Screen } from "../screen";
import { CustomersScreen } from "./CustomersScreen";

export const customers: Screen = {
  name: "customers",
  title: "Customers",
  about: "Who holds which credits, and what can be done about them",
  icon: Users,
  digit: "2",
  readsThePast: true,
  component: CustomersScreen,
};
