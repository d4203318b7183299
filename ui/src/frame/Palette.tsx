/** Find a screen or an act by its name, and do it. */
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import type { WorkspaceStatus } from "../host";
import dialog from "../parts/Dialog.module.css";
import { recentQuestion } from "../queries";
import { navigate } from "../router";
import { screensOf } from "../screens";
import { useSettings } from "../settings";
import type { Overlay } from "./Frame";
import css from "./Palette.module.css";
import { closeWindow } from "./useFrameKeys";
import { useOpenWorkspace } from "./useOpenWorkspace";

interface PaletteProps {
  readonly status: WorkspaceStatus;
  readonly open: boolean;
  readonly onOpen: (overlay: Overlay) => void;
}

const THEMES = [
  { theme: "system", title: "Colours: as the system" },
  { theme: "light", title: "Colours: light" },
  { theme: "dark", title: "Colours: dark" },
] as const;

export function Palette({ status, open, onOpen }: PaletteProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => onOpen(next ? "palette" : null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={css.popup} aria-label="Find a screen or an act">
          <Choices status={status} onOpen={onOpen} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Choices({ status, onOpen }: Omit<PaletteProps, "open">) {
  const { settings, set } = useSettings();
  const recent = useQuery(recentQuestion);
  const { open, choose } = useOpenWorkspace();
  const others = recent.data?.filter((w) => w.folder !== status.folder && w.is_there) ?? [];
  const choice = (title: string, act: () => void, hint?: string) => (
    <Command.Item
      key={title}
      className={css.item}
      value={title}
      onSelect={() => {
        onOpen(null);
        act();
      }}
    >
      {title}
      {hint !== undefined && <span className={css.hint}>{hint}</span>}
    </Command.Item>
  );
  return (
    <Command label="Find a screen or an act" loop>
      <Command.Input className={css.input} placeholder="Find a screen or an act" autoFocus />
      <Command.List className={css.list}>
        <Command.Empty className={css.empty}>Nothing is called that.</Command.Empty>
        <Command.Group heading="Screens">
          {screensOf(status).map(({ name, title, about }) =>
            choice(title, () => navigate(name), about),
          )}
        </Command.Group>
        <Command.Group heading="Workspaces">
          {others.map((w) => choice(`Open ${w.name}`, () => open.mutate(w.folder), w.folder))}
          {choice("Open another workspace", () => choose.mutate())}
        </Command.Group>
        <Command.Group heading="Settings">
          {THEMES.map(({ theme, title }) => choice(title, () => set({ ...settings, theme })))}
          {settings.negative === "minus"
            ? choice("Write amounts below zero in parentheses", () =>
                set({ ...settings, negative: "parentheses" }),
              )
            : choice("Write amounts below zero with a minus sign", () =>
                set({ ...settings, negative: "minus" }),
              )}
          {choice("Show all keys", () => onOpen("shortcuts"), "?")}
          {choice("Close the window", closeWindow, "Ctrl Q")}
        </Command.Group>
      </Command.List>
    </Command>
  );
}
