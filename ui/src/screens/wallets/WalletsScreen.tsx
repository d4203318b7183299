/** Wallet types and plans: the lists, or one of them. */
import type { ScreenProps } from "../screen";
import { PlanPage } from "./PlanPage";
import { TypeList } from "./TypeList";
import { TypePage } from "./TypePage";

export function WalletsScreen({ params }: ScreenProps) {
  const number = params.version === undefined ? Number.NaN : Number.parseInt(params.version, 10);
  const version = Number.isNaN(number) ? null : number;
  if (params.plan !== undefined) {
    return (
      <PlanPage
        key={params.plan}
        code={params.plan}
        version={version}
        start={params.start ?? null}
      />
    );
  }
  if (params.type !== undefined) {
    return <TypePage key={params.type} code={params.type} version={version} />;
  }
  return <TypeList />;
}
