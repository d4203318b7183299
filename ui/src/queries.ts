/** Questions that more than one screen asks. */
import { commands, question } from "./host";

/** How the open workspace stands; null when none is open. */
export const statusQuestion = question(["workspace", "status"], () => commands.workspaceStatus());

/** What the person at this machine has set. */
export const settingsQuestion = question(["settings"], () => commands.settings());

/** Workspaces that were open before. */
export const recentQuestion = question(["recent"], () => commands.recentWorkspaces());
