/** The screens of an open workspace, in the order of the sidebar. A new screen gets its line here. */
import type { WorkspaceStatus } from "../host";
import { approvals } from "./approvals";
import { audit } from "./audit";
import { cards } from "./cards";
import { customers } from "./customers";
import { ledger } from "./ledger";
import { outbox } from "./outbox";
import { overview } from "./overview";
import { preview } from "./preview";
import { production } from "./production";
import { revenue } from "./revenue";
import type { Screen } from "./screen";
import { settings } from "./settings";
import { wallets } from "./wallets";

export const SCREENS: readonly Screen[] = [
  overview,
  customers,
  cards,
  wallets,
  preview,
  approvals,
  production,
  outbox,
  revenue,
  ledger,
  audit,
  settings,
];

/** Those that a workspace has: a ledger of its own follows no other, and has no outbox. */
export function screensOf({ copy_of }: Pick<WorkspaceStatus, "copy_of">): readonly Screen[] {
  return SCREENS.filter(({ isOfCopies }) => isOfCopies !== true || copy_of !== null);
}
