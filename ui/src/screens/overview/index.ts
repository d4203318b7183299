import { LayoutDashboard } from "lucide-react";
import type { Screen } from "../screen";
import { OverviewScreen } from "./OverviewScreen";

export const overview: Screen = {
  name: "overview",
  title: "Overview",
  about: "How the books stand",
  icon: LayoutDashboard,
  digit: "1",
  readsThePast: true,
  component: OverviewScreen,
};
