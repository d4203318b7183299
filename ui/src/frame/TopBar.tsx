/** Which workspace, which entity, at which instant; and the way to find anything. */
import { Menu } from "@base-ui/react/menu";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ChevronDown, Search } from "lucide-react";
import { useEnter } from "../enter";
import { asFailure, commands, type WorkspaceStatus } from "../host";
import menu from "../parts/Menu.module.css";
import { sayFailure } from "../parts/Toasts";
import { recentQuestion } from "../queries";
import { AsOfControl } from "./AsOfControl";
import css from "./TopBar.module.css";
import { useOpenWorkspace } from "./useOpenWorkspace";

interface TopBarProps {
  readonly status: WorkspaceStatus;
  readonly onFind: () => void;
}

export function TopBar({ status, onFind }: TopBarProps) {
  return (
    <header className={css.bar}>
      <span className={css.brand}>Scrip</span>
      <WorkspaceMenu status={status} />
      {status.entity !== null && (
        <span className={css.entity} title={status.entity}>
          <span className={css.label}>entity</span> {status.entity}{" "}
          <span className={css.label}>
            {status.currency}, {status.zone?.split("/").at(-1)?.replaceAll("_", " ")}
          </span>
        </span>
      )}
      <span className={css.space} />
      <AsOfControl zone={status.zone ?? "UTC"} />
      <button type="button" className={css.find} onClick={onFind}>
        <Search aria-hidden="true" />
        Find
        <kbd>Ctrl K</kbd>
      </button>
    </header>
  );
}

function WorkspaceMenu({ status }: { readonly status: WorkspaceStatus }) {
  const enter = useEnter();
  const recent = useQuery(recentQuestion);
  const { open, choose } = useOpenWorkspace();
  const close = useMutation({
    mutationFn: () => commands.closeWorkspace(),
    onSuccess: () => enter(null),
    onError: (thrown) => sayFailure(asFailure(thrown)),
  });
  const others = recent.data?.filter((w) => w.folder !== status.folder && w.is_there) ?? [];
  return (
    <Menu.Root>
      <Menu.Trigger className={css.workspace} aria-label={`Workspace ${status.name}`}>
        {status.name}
        <ChevronDown aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className={menu.positioner} align="start" sideOffset={4}>
          <Menu.Popup className={menu.popup}>
            {others.map((workspace) => (
              <Menu.Item
                key={workspace.folder}
                className={menu.item}
                title={workspace.folder}
                onClick={() => open.mutate(workspace.folder)}
              >
                {workspace.name}
              </Menu.Item>
            ))}
            {others.length > 0 && <Menu.Separator className={menu.separator} />}
            <Menu.Item className={menu.item} onClick={() => choose.mutate()}>
              Open another workspace
            </Menu.Item>
            <Menu.Item className={menu.item} onClick={() => close.mutate()}>
              Close this workspace
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
