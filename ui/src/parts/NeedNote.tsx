/** That something needs a second person, and who that may be: said where it is asked for. */
import type { ApprovalNeed } from "../host";
import css from "./NeedNote.module.css";

interface NeedNoteProps {
  readonly need: ApprovalNeed;
  /** What is asked for, as the beginning of a sentence: `Publishing`. */
  readonly what: string;
}

export function NeedNote({ need, what }: NeedNoteProps) {
  const days = need.valid_days === 1 ? "1 day" : `${need.valid_days} days`;
  return (
    <p className={css.note} role="note">
      {what} needs a second person (rule {need.rule}). {whoMay(need)} Nothing is done until then;
      what you ask for lapses after {days}.
    </p>
  );
}

/** Whether there is somebody who could approve it. */
export function isApprovable({ anybody, approvers }: ApprovalNeed): boolean {
  return anybody || approvers.length > 0;
}

function whoMay({ anybody, approvers }: ApprovalNeed): string {
  if (anybody) {
    return "Anybody but you may approve it.";
  }
  const last = approvers.at(-1);
  if (last === undefined) {
    return "Nobody but you is named there, so nobody can approve it.";
  }
  const others = approvers.slice(0, -1).join(", ");
  return `${others === "" ? last : `${others} or ${last}`} may approve it.`;
}
