/** Every key that does something on all screens. */
import { Dialog } from "@base-ui/react/dialog";
import type { WorkspaceStatus } from "../host";
import css from "../parts/Dialog.module.css";
import type { Overlay } from "./Frame";
import { shortcutsOf } from "./useFrameKeys";

interface ShortcutSheetProps {
  readonly status: WorkspaceStatus;
  readonly open: boolean;
  readonly onOpen: (overlay: Overlay) => void;
}

export function ShortcutSheet({ status, open, onOpen }: ShortcutSheetProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => onOpen(next ? "shortcuts" : null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css.backdrop} />
        <Dialog.Popup className={css.popup}>
          <Dialog.Title className={css.title}>Keys</Dialog.Title>
          <dl className={css.keys}>
            {shortcutsOf(status).map(({ keys, does }) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <Dialog.Close className={css.close}>Close</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
