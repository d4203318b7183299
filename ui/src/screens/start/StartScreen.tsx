/** Before a workspace is open: the demo, one of one's own, a new one, a copy, or one of before. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Cable, FolderOpen, FolderPlus, Play, X } from "lucide-react";
import { useState } from "react";
import { useEnter } from "../../enter";
import { asFailure, commands, type Failure, type WorkspaceStatus } from "../../host";
import { Button } from "../../parts/Button";
import { FailureNotice } from "../../parts/FailureNotice";
import { TaskProgress } from "../../parts/TaskProgress";
import { useTask } from "../../parts/useTask";
import { recentQuestion } from "../../queries";
import { FollowLedger } from "./FollowLedger";
import { NewWorkspace } from "./NewWorkspace";
import css from "./StartScreen.module.css";

interface StartScreenProps {
  /** Why the workspace that the program was started with did not open. */
  readonly failure?: Failure;
}

export function StartScreen({ failure }: StartScreenProps) {
  const enter = useEnter();
  const [making, setMaking] = useState<"new" | "copy" | null>(null);
  const toggle = (what: "new" | "copy") => setMaking(making === what ? null : what);
  const [isMaking, setIsMaking] = useState(false);
  const demo = useTask<WorkspaceStatus>(enter, "Making of the demo");
  const open = useMutation({
    mutationFn: (folder: string) => commands.openWorkspace(folder),
    onSuccess: enter,
  });
  const choose = useMutation({
    mutationFn: () => commands.chooseFolder("Open a workspace"),
    onSuccess: (folder) => {
      if (folder !== null) {
        open.mutate(folder);
      }
    },
  });
  const wrong = demo.failure ?? open.error ?? choose.error ?? failure;
  const isBusy = demo.isRunning || open.isPending || isMaking;
  return (
    <main className={css.start}>
      <header>
        <h1>Scrip</h1>
        <p>The finance desk for credits: wallets, prices, and the books that follow from them.</p>
      </header>
      {wrong !== undefined && wrong !== null && <FailureNotice failure={asFailure(wrong)} />}
      <div className={css.acts}>
        <Button look="primary" onClick={() => choose.mutate()} disabled={isBusy}>
          <FolderOpen aria-hidden="true" />
          Open a workspace
        </Button>
        <Button onClick={() => toggle("new")} disabled={isBusy} aria-expanded={making === "new"}>
          <FolderPlus aria-hidden="true" />
          Make a new one
        </Button>
        <Button onClick={() => toggle("copy")} disabled={isBusy} aria-expanded={making === "copy"}>
          <Cable aria-hidden="true" />
          Follow a production ledger
        </Button>
        <Button
          onClick={() => demo.start((id, progress) => commands.exploreDemo(id, progress))}
          disabled={isBusy}
        >
          <Play aria-hidden="true" />
          Explore the demo
        </Button>
      </div>
      {demo.isRunning && <TaskProgress task={demo} label="Making the demo" />}
      {demo.wasStopped && <p role="status">Stopped. Nothing of the demo is left.</p>}
      {making === "new" && !demo.isRunning && <NewWorkspace onMade={enter} onBusy={setIsMaking} />}
      {making === "copy" && !demo.isRunning && <FollowLedger onMade={enter} onBusy={setIsMaking} />}
      <Recent isBusy={isBusy} onOpen={(folder) => open.mutate(folder)} />
    </main>
  );
}

interface RecentProps {
  readonly isBusy: boolean;
  readonly onOpen: (folder: string) => void;
}

function Recent({ isBusy, onOpen }: RecentProps) {
  const recent = useQuery(recentQuestion);
  const forget = useMutation({
    mutationFn: (folder: string) => commands.forgetWorkspace(folder),
    onSuccess: () => recent.refetch(),
  });
  if (recent.data === undefined || recent.data.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="recent">
      <h2 id="recent">Recent</h2>
      <ul>
        {recent.data.map(({ folder, name, is_there: isThere }) => (
          <li key={folder} className={css.recent}>
            <button type="button" disabled={!isThere || isBusy} onClick={() => onOpen(folder)}>
              <strong>{name}</strong>
              <span title={folder}>{isThere ? folder : `${folder}, no longer there`}</span>
            </button>
            <Button
              look="quiet"
              aria-label={`Take ${name} off the list`}
              title="Take it off the list; its files stay"
              onClick={() => forget.mutate(folder)}
            >
              <X aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
