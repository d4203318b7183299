/** The button under what was decided on a copy: it says whether it is sent now, or waits. */
import type { ApprovalNeed } from "../../host";
import { Button } from "../Button";
import { isApprovable } from "../NeedNote";
import type { Copy } from "./useCopy";
import type { Send } from "./useSend";

interface SendButtonProps {
  readonly copy: Copy;
  readonly send: Send;
  /** The second person that it needs: then the request is what is sent. */
  readonly needs?: ApprovalNeed | null | undefined;
  /** What is sent, where that is not plain: `the approval`. */
  readonly what?: string;
  readonly id?: string;
  readonly look?: "primary" | "plain";
  readonly disabled?: boolean;
  /** Absent where the button submits its form. */
  readonly onSend?: () => void;
}

export function SendButton(props: SendButtonProps) {
  const { copy, send, needs, what, id, look = "primary", disabled = false, onSend } = props;
  const isBarred = needs != null && !isApprovable(needs);
  return (
    <Button
      {...(id === undefined ? {} : { id })}
      {...(onSend === undefined ? { type: "submit" as const } : { onClick: onSend })}
      look={look}
      disabled={disabled || isBarred || send.isBusy}
    >
      {sendWords(copy, needs == null ? what : "the request")}
    </Button>
  );
}

function sendWords({ isConnected }: Copy, what: string | undefined): string {
  const thing = what === undefined ? "" : ` ${what}`;
  return isConnected ? `Send${thing} to production` : `Put${thing} into the outbox`;
}
