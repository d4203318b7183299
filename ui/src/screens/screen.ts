/** What a screen is to the frame. */
import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import type { WorkspaceStatus } from "../host";

export interface ScreenProps {
  /** How the books stand. */
  readonly status: WorkspaceStatus;
  /** Filters and the record that is open, from the address. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Screen {
  /** As in the address, and as the folder is called. */
  readonly name: string;
  /** As in the sidebar, and in the title. */
  readonly title: string;
  /** What it is for, in the palette. */
  readonly about: string;
  readonly icon: LucideIcon;
  /** The digit that, with Ctrl, goes to it. */
  readonly digit: string;
  /** Whether it asks with the instant that is read (`useAsOf`). */
  readonly readsThePast: boolean;
  /** Whether only a copy of a production ledger has it. */
  readonly isOfCopies?: boolean;
  readonly component: ComponentType<ScreenProps>;
}
