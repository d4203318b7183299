/** The button that publishes: here, by a second person, or at production. */
import type { ApprovalNeed } from "../../host";
import { Button } from "../Button";
import { isApprovable } from "../NeedNote";
import { SendButton } from "./SendButton";
import type { Copy } from "./useCopy";
import type { Send } from "./useSend";

interface PublishButtonsProps {
  /** Undefined until it is known. */
  readonly needs: ApprovalNeed | null | undefined;
  /** What publishing here says. */
  readonly words: string;
  readonly isBusy: boolean;
  readonly copy: Copy | null;
  readonly send: Send;
  readonly onPublish: () => void;
  readonly onAsk: () => void;
  readonly onSend: () => void;
}

export function PublishButtons(props: PublishButtonsProps) {
  const { needs, words, isBusy, copy, send, onPublish, onAsk, onSend } = props;
  if (copy !== null) {
    const isUnknown = needs === undefined;
    return (
      <SendButton
        copy={copy}
        send={send}
        needs={needs}
        disabled={isBusy || isUnknown}
        onSend={onSend}
      />
    );
  }
  if (needs != null) {
    return (
      <Button look="primary" disabled={isBusy || !isApprovable(needs)} onClick={onAsk}>
        Ask for approval
      </Button>
    );
  }
  return (
    <Button look="primary" disabled={isBusy || needs === undefined} onClick={onPublish}>
      {words}
    </Button>
  );
}
