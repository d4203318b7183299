import { BookOpenText } from "lucide-react";
import type { Screen } from "../screen";
import { LedgerScreen } from "./LedgerScreen";

export const ledger: Screen = {
  name: "ledger",
  title: "Ledger",
  about: "Every entry, with its postings and its hash",
  icon: BookOpenText,
  digit: "7",
  readsThePast: true,
  component: LedgerScreen,
};
