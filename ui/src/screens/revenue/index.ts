import { Scale } from "lucide-react";
import type { Screen } from "../screen";
import { RevenueScreen } from "./RevenueScreen";

export const revenue: Screen = {
  name: "revenue",
  title: "Revenue",
  about: "Roll-forward, waterfall, revenue, journal: each figure down to its usage",
  icon: Scale,
  digit: "6",
  readsThePast: true,
  component: RevenueScreen,
};
