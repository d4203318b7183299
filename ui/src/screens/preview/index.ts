import { FlaskConical } from "lucide-react";
import type { Screen } from "../screen";
import { PreviewScreen } from "./PreviewScreen";

export const preview: Screen = {
  name: "preview",
  title: "Preview",
  about: "What drafts would have done to the books, on real usage",
  icon: FlaskConical,
  digit: "5",
  readsThePast: false,
  component: PreviewScreen,
};
