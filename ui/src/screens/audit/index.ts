import { ScrollText } from "lucide-react";
import type { Screen } from "../screen";
import { AuditScreen } from "./AuditScreen";

export const audit: Screen = {
  name: "audit",
  title: "Audit trail",
  about: "Who changed what and when",
  icon: ScrollText,
  digit: "8",
  readsThePast: true,
  component: AuditScreen,
};
