/** Copying, cutting and pasting, through the events of the page: nothing else may read the clipboard. */
import { type RefObject, useEffect, useRef } from "react";
import { rangeOf } from "../model/range";
import type { GridProps } from "./grid";

export function useClipboard(
  grid: RefObject<HTMLElement | null>,
  props: GridProps,
  isTyping: boolean,
): void {
  const now = useRef({ props, isTyping });
  now.current = { props, isTyping };
  useEffect(() => {
    const isOurs = () => document.activeElement === grid.current && !now.current.isTyping;
    const onCopy = (event: ClipboardEvent) => {
      const { selection, onCopy, onClear, isReadOnly } = now.current.props;
      if (!isOurs()) {
        return;
      }
      event.preventDefault();
      event.clipboardData?.setData("text/plain", onCopy(rangeOf(selection)));
      if (event.type === "cut" && !isReadOnly) {
        onClear(rangeOf(selection));
      }
    };
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const { selection, onPaste, isReadOnly } = now.current.props;
      if (!isOurs() || isReadOnly || text === "") {
        return;
      }
      event.preventDefault();
      const { top, left } = rangeOf(selection);
      onPaste(text, { line: top, column: left });
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [grid]);
}
