import { Wallet } from "lucide-react";
import type { Screen } from "../screen";
import { WalletsScreen } from "./WalletsScreen";

export const wallets: Screen = {
  name: "wallets",
  title: "Wallets",
  about: "Wallet types and expiry: what each policy says and does to an example; plans",
  icon: Wallet,
  digit: "4",
  readsThePast: false,
  component: WalletsScreen,
};
