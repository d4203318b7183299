/** The screens of an open workspace, in the order of the sidebar. A new screen gets its line here. */
import { approvals } from "./approvals";
import { audit } from "./audit";
import { cards } from "./cards";
import { customers } from "./customers";
import { ledger } from "./ledger";
import { overview } from "./overview";
import { preview } from "./preview";
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
  revenue,
  ledger,
  audit,
  settings,
];
