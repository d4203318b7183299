import { Cable } from "lucide-react";
import type { Screen } from "../screen";
import { ProductionScreen } from "./ProductionScreen";

export const production: Screen = {
  name: "production",
  title: "Production",
  about: "The ledger that this copy follows: how fresh it is, pulling, comparing",
  icon: Cable,
  digit: "=",
  readsThePast: false,
  isOfCopies: true,
  component: ProductionScreen,
};
