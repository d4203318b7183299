/** What the screen asks the host. */
import {
  type ChartLook,
  commands,
  type PlanCalendar,
  question,
  type WalletExample,
} from "../../host";

export const typesQuestion = question(["wallets", "types"], () => commands.walletTypes());

export const typeQuestion = (code: string, version: number | null) =>
  question(["wallets", "type", code, version], () => commands.walletType(code, version));

export const exampleQuestion = (code: string, version: number, example: WalletExample) =>
  question(["wallets", "example", code, version, example], () =>
    commands.walletExample(code, version, example),
  );

export const exampleChartQuestion = (
  code: string,
  version: number,
  example: WalletExample,
  look: ChartLook,
) =>
  question(["wallets", "chart", code, version, example, look], () =>
    commands.walletExampleChart(code, version, example, look),
  );

export const choicesQuestion = question(["wallets", "choices"], () => commands.walletChoices());

export const comparisonQuestion = (code: string, version: number) =>
  question(["wallets", "comparison", code, version], () =>
    commands.compareWalletType(code, version),
  );

export const plansQuestion = question(["wallets", "plans"], () => commands.plans());

export const planQuestion = (code: string, version: number | null, start: string | null) =>
  question(["wallets", "plan", code, version, start], () =>
    commands.planCalendar(code, version, start),
  );

export const planChartQuestion = (calendar: PlanCalendar, look: ChartLook) => {
  const { plan, shown, start, lines } = calendar;
  // What a draft says is a part of the key: its number stays while it is edited.
  return question(["wallets", "plan-chart", plan.code, shown.version, start, lines, look], () =>
    commands.planChart(plan.code, shown.version, start, look),
  );
};
