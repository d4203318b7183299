/** What happens to what is decided on a copy, said above its button; and then how far that is. */
import type { ApprovalNeed } from "../../host";
import note from "../NeedNote.module.css";
import { SendOutcome } from "./SendOutcome";
import type { Copy } from "./useCopy";
import type { Send } from "./useSend";

interface SendingProps {
  /** Nothing is said where the workspace is none. */
  readonly copy: Copy | null;
  readonly send: Send;
  /** What is decided, as the beginning of a sentence. */
  readonly what: string;
  /** The second person that it needs: then the request is what is sent. */
  readonly needs?: ApprovalNeed | null | undefined;
}

export function Sending({ copy, send, what, needs }: SendingProps) {
  return (
    <>
      {copy !== null && (
        <p className={note.note} role="note">
          {needs == null ? what : "Asking for it"} is done at {copy.ledger}, of which this workspace
          is a copy{copy.isConnected ? "" : ", once the outbox is pushed"}: exactly as it is shown
          here, or not at all.
        </p>
      )}
      <SendOutcome send={send} />
    </>
  );
}
