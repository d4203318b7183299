/** The screens. */
import { useQuery } from "@tanstack/react-query";
import type { WorkspaceStatus } from "../host";
import { outboxQuestion } from "../parts/send/useCopy";
import { hrefOf } from "../router";
import { screensOf } from "../screens";
import css from "./Sidebar.module.css";

/** Looking into the outbox costs a look at a folder. */
const EVERY_MS = 3000;

interface SidebarProps {
  readonly current: string;
  readonly status: WorkspaceStatus;
}

export function Sidebar({ current, status }: SidebarProps) {
  return (
    <nav className={css.side} aria-label="Screens">
      <ul>
        {screensOf(status).map((screen) => (
          <li key={screen.name} className={css.item}>
            <a
              href={hrefOf(screen.name)}
              className={css.link}
              aria-current={screen.name === current ? "page" : undefined}
            >
              <screen.icon aria-hidden="true" />
              {screen.title}
            </a>
            {screen.name === "outbox" && <Waiting />}
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** How many wait in the outbox. */
function Waiting() {
  // Other programs queue too, and nothing is recorded when they do.
  const outbox = useQuery({ ...outboxQuestion, refetchInterval: EVERY_MS });
  const count = (outbox.data?.items.length ?? 0) + (outbox.data?.unreadable.length ?? 0);
  return count === 0 ? null : (
    <span className={css.count} title={count === 1 ? "1 waits" : `${count} wait`}>
      {count}{" "}
      <span className="visually-hidden">{count === 1 ? "waits" : "wait"} in the outbox</span>
    </span>
  );
}
