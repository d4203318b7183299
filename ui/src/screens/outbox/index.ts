import { Send } from "lucide-react";
import type { Screen } from "../screen";
import { OutboxScreen } from "./OutboxScreen";

export const outbox: Screen = {
  name: "outbox",
  title: "Outbox",
  about: "What was decided in this copy and waits to be done at production",
  icon: Send,
  digit: "-",
  readsThePast: false,
  isOfCopies: true,
  component: OutboxScreen,
};
