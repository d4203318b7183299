/** Questions that more than one screen asks. */
import { commands, question, type WorkspaceStatus } from "./host";

/** How the open workspace stands; null when none is open. */
export const statusQuestion = question(["workspace", "status"], () => commands.workspaceStatus());

/** Drafts that are not published and requests that are not decided. */
export const waitingQuestion = question(["waiting"], () => commands.waitingWork());

/** The second person that publishing needs; null where one person may do it. */
export const publishingNeedsQuestion = question(["approvals", "needs"], () =>
  commands.publishingNeeds(),
);

/** What the person at this machine has set. */
export const settingsQuestion = question(["settings"], () => commands.settings());

/** Workspaces that were open before. */
export const recentQuestion = question(["recent"], () => commands.recentWorkspaces());

/** Whether the books tie: asked once of each state of the ledger. */
export const tieQuestion = ({ folder, checkpoint }: WorkspaceStatus) =>
  question(["books", "tie", folder, checkpoint], () => commands.booksTie(checkpoint));

/** What has been recorded by anybody since the window last looked. */
export const pulseQuestion = ({ folder, operations }: WorkspaceStatus) =>
  question(["books", "pulse", folder, operations], () => commands.pulse(operations));
