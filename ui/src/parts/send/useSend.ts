/**
 * Sending what was decided on a copy: it goes into the outbox, and, where production can be reached, is done
 * there at once. Nothing is said to be done before it is.
 */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useChanged } from "../../changed";
import {
  asFailure,
  commands,
  type Failure,
  type OutboxItem,
  type Pushed,
  type ToQueue,
} from "../../host";
import { say } from "../Toasts";
import { type Task, useTask } from "../useTask";
import { useCopy } from "./useCopy";

/** Why an item still waits. */
export interface Waits {
  readonly number: string;
  readonly why: string;
}

export interface Send {
  readonly start: (decided: ToQueue, done: string) => void;
  readonly reset: () => void;
  readonly isBusy: boolean;
  /** Why it was not queued. */
  readonly failure: Failure | null;
  /** The push, while one runs. */
  readonly task: Task<Pushed>;
  /** What came of it, where it was queued and not done. */
  readonly waits: Waits | null;
}

interface Begun {
  readonly item: OutboxItem;
  readonly done: string;
}

/** `onSent` is told the item once it is done at production, or waits because nothing can be sent now. */
export function useSend(onSent: (item: OutboxItem, isDone: boolean) => void): Send {
  const changed = useChanged();
  const copy = useCopy();
  const [begun, setBegun] = useState<Begun | null>(null);
  const [waits, setWaits] = useState<Waits | null>(null);
  const again = () => void changed();
  const task = useTask<Pushed>(undefined, "Sending to production");
  const push = async ({ item, done }: Begun) =>
    task.start(async (id, progress) => {
      try {
        const pushed = await commands.pushOutbox(id, progress);
        if (pushed.pushed.some(({ number }) => number === item.number)) {
          say(saidOf(item, done), pushed.not_pulled ?? undefined);
          onSent(item, true);
        } else {
          setWaits({ number: item.number, why: whyOf(item, pushed) });
        }
        return pushed;
      } catch (thrown) {
        // The item is as it was.
        setWaits({ number: item.number, why: asFailure(thrown).what.replace(/\.$/, "") });
        throw thrown;
      } finally {
        again();
      }
    });
  const queue = useMutation<OutboxItem | null, Failure, { decided: ToQueue; done: string }>({
    mutationFn: ({ decided }) =>
      commands.putIntoOutbox(decided).catch((thrown) => {
        throw asFailure(thrown);
      }),
    onSuccess: (item, { done }) => {
      again();
      if (item === null) {
        say("It is done or waits already.");
      } else if (copy?.isConnected === true) {
        setBegun({ item, done });
        void push({ item, done });
      } else {
        say(`Put into the outbox as number ${item.number}. Nothing is done yet.`);
        onSent(item, false);
      }
    },
  });
  return {
    start: (decided, done) => {
      setWaits(null);
      queue.mutate({ decided, done });
    },
    reset: () => {
      queue.reset();
      setBegun(null);
      setWaits(null);
    },
    isBusy: queue.isPending || task.isRunning || (begun !== null && waits !== null),
    failure: queue.error,
    task,
    waits,
  };
}

/** What is told once it is done: a request asks, everything else is done. */
function saidOf({ sort }: OutboxItem, done: string): string {
  return sort === "request" ? "Asked for at production." : `Done at production: ${done}.`;
}

function whyOf({ number }: OutboxItem, { stopped, was_cancelled }: Pushed): string {
  if (stopped !== null) {
    return stopped.number === number
      ? stopped.why
      : `it waits behind number ${stopped.number}, which was not done: ${stopped.why}`;
  }
  return was_cancelled ? "sending was stopped" : "it was not its turn yet";
}
