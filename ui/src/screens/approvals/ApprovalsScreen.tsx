/** Approvals: every request, or one of them, or one brought together with what was published since. */
import type { ScreenProps } from "../screen";
import { MergePage } from "./MergePage";
import { RequestList } from "./RequestList";
import { RequestPage } from "./RequestPage";

export function ApprovalsScreen({ status, params }: ScreenProps) {
  const zone = status.zone ?? "UTC";
  const { request, renew } = params;
  if (request === undefined) {
    return <RequestList params={params} zone={zone} />;
  }
  return renew === undefined ? (
    <RequestPage key={request} request={request} zone={zone} />
  ) : (
    <MergePage key={request} request={request} />
  );
}
