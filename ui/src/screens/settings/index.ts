import { Settings2 } from "lucide-react";
import type { Screen } from "../screen";
import { SettingsScreen } from "./SettingsScreen";

export const settings: Screen = {
  name: "settings",
  title: "Settings",
  about: "The entity, the chart of accounts, and how this window writes",
  icon: Settings2,
  digit: "9",
  readsThePast: false,
  component: SettingsScreen,
};
