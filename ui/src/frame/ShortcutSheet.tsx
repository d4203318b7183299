/** Every key that does something on all screens. */
import { Dialog } from "@base-ui/react/dialog";
import css from "../parts/Dialog.module.css";
import type { Overlay } from "./Frame";
import { FRAME_SHORTCUTS } from "./useFrameKeys";

interface ShortcutSheetProps {
  readonly open: boolean;
  readonly onOpen: (overlay: Overlay) => void;
}

export function ShortcutSheet({ open, onOpen }: ShortcutSheetProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => onOpen(next ? "shortcuts" : null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css.backdrop} />
        <Dialog.Popup className={css.popup}>
          <Dialog.Title className={css.title}>Keys</Dialog.Title>
          <dl className={css.keys}>
            {FRAME_SHORTCUTS.map(({ keys, does }) => (
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
