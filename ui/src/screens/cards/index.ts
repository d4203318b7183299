import { Tags } from "lucide-react";
import type { Screen } from "../screen";
import { CardsScreen } from "./CardsScreen";

export const cards: Screen = {
  name: "cards",
  title: "Rate cards",
  about: "What usage costs: versions of every card, and drafts of the next",
  icon: Tags,
  digit: "3",
  readsThePast: false,
  component: CardsScreen,
};
