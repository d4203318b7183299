import { ClipboardCheck } from "lucide-react";
import type { Screen } from "../screen";
import { ApprovalsScreen } from "./ApprovalsScreen";

export const approvals: Screen = {
  name: "approvals",
  title: "Approvals",
  about: "What a second person is asked for: look, approve, reject, renew",
  icon: ClipboardCheck,
  digit: "0",
  readsThePast: false,
  component: ApprovalsScreen,
};
