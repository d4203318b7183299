/** What was done, said in passing. What went wrong is said where it was done, and only then here. */
import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import type { Failure } from "../host";
import css from "./Toasts.module.css";

const manager = Toast.createToastManager();

/** Says that something was done. */
export function say(title: string, description?: string): void {
  manager.add({ title, ...(description === undefined ? {} : { description }) });
}

/** Says that something failed that has no place of its own on the screen. */
export function sayFailure(failure: Failure): void {
  const description = `${failure.kept} ${failure.todo}`;
  manager.add({ title: failure.what, description, type: "failure", priority: "high", timeout: 0 });
}

export function Toasts({ children }: { readonly children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className={css.viewport}>
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Shown() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={css.toast} data-type={toast.type}>
      <Toast.Content className={css.content}>
        <Toast.Title className={css.title} />
        <Toast.Description className={css.description} />
      </Toast.Content>
      <Toast.Close className={css.close} aria-label="Dismiss">
        <X aria-hidden="true" />
      </Toast.Close>
    </Toast.Root>
  ));
}
