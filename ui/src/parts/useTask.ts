/** Long work: started, followed and stopped from a screen. */
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { asFailure, Channel, commands, type Failure, type Progress } from "../host";

/** What the host is told to run: with the id to stop it by, and where to send its progress. */
type Work<T> = (task: string, progress: Channel<Progress>) => Promise<T>;

export interface Task<T> {
  /** Starts the work; one task runs one work at a time. */
  readonly start: (work: Work<T>) => void;
  /** Asks it to stop; it ends as soon as it can. */
  readonly stop: () => void;
  readonly isRunning: boolean;
  readonly isStopping: boolean;
  /** How far it is; null before the first word of it. */
  readonly progress: Progress | null;
  readonly result: T | undefined;
  /** Why it failed. That it was stopped is no failure. */
  readonly failure: Failure | null;
  readonly wasStopped: boolean;
  /** What was kept when it was stopped, and how to go on. */
  readonly stopped: Pick<Failure, "kept" | "todo"> | null;
}

/** Work that took longer is told of by the desktop when the window is not in front. */
const LONG_MS = 10_000;

/** `name` is what the desktop says has ended; work without one ends in silence. */
export function useTask<T>(onDone?: (result: T) => void, name?: string): Task<T> {
  const id = useRef("");
  const [progress, setProgress] = useState<Progress | null>(null);
  const [isStopping, setStopping] = useState(false);
  const run = useMutation<T, Failure, Work<T>>({
    mutationFn: async (work) => {
      id.current = crypto.randomUUID();
      setProgress(null);
      setStopping(false);
      const channel = new Channel<Progress>(setProgress);
      const began = performance.now();
      const tell = (failure: string | null) => {
        if (name !== undefined && performance.now() - began >= LONG_MS) {
          void commands.tellEnd(name, failure).catch(() => undefined);
        }
      };
      try {
        const result = await work(id.current, channel);
        tell(null);
        return result;
      } catch (thrown) {
        const failure = asFailure(thrown);
        if (failure.code !== "cancelled") {
          tell(failure.what);
        }
        throw failure;
      }
    },
    ...(onDone === undefined ? {} : { onSuccess: onDone }),
  });
  const wasStopped = run.error?.code === "cancelled";
  return {
    start: run.mutate,
    stop: () => {
      setStopping(true);
      void commands.cancelTask(id.current);
    },
    isRunning: run.isPending,
    isStopping,
    progress,
    result: run.data,
    failure: wasStopped ? null : run.error,
    wasStopped,
    stopped: wasStopped ? run.error : null,
  };
}
