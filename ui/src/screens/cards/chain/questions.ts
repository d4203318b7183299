/** What the chain of units asks the host. */
import { commands, question } from "../../../host";

export const chainsQuestion = question(["chain", "all"], () => commands.unitChains());

export const conversionQuestion = (code: string, version: number | null) =>
  question(["chain", "conversion", code, version], () => commands.conversionPage(code, version));
