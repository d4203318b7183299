/** How far sending is, and why something still waits. It comes into sight, wherever the sheet is read. */
import { useEffect, useRef } from "react";
import { hrefOf } from "../../router";
import { FailureNotice } from "../FailureNotice";
import { TaskProgress } from "../TaskProgress";
import { sentence } from "../words";
import css from "./send.module.css";
import type { Send } from "./useSend";

export function SendOutcome({ send }: { readonly send: Send }) {
  const { failure, task, waits } = send;
  const place = useRef<HTMLDivElement>(null);
  const isTold = failure !== null || task.isRunning || waits !== null;
  useEffect(() => {
    if (isTold) {
      place.current?.scrollIntoView({ block: "center" });
    }
  }, [isTold]);
  return (
    <div ref={place} className={css.outcome}>
      {failure !== null && <FailureNotice failure={failure} />}
      {task.isRunning && <TaskProgress task={task} label="Sending to production" things="items" />}
      {waits !== null && !task.isRunning && (
        <p className={css.waits} role="alert">
          It is not done. It waits in the outbox as number {waits.number}. {sentence(waits.why)}{" "}
          <a href={hrefOf("outbox", { item: waits.number })}>Look at number {waits.number}</a>
        </p>
      )}
    </div>
  );
}
