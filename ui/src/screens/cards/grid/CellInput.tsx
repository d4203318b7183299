/** The field that a cell is typed into. */
import { type ChangeEvent, type KeyboardEvent, useLayoutEffect, useRef } from "react";
import type { Typing } from "./grid";
import css from "./RateGrid.module.css";

interface CellInputProps {
  readonly label: string;
  readonly typing: Typing;
  readonly isNumber: boolean;
  readonly options: readonly string[];
  readonly onTyping: (typing: Typing) => void;
  readonly onTyped: (text: string, step: { line: number; column: number } | null) => void;
  readonly onStop: () => void;
}

const STEPS: Readonly<Record<string, { readonly line: number; readonly column: number }>> = {
  ArrowUp: { line: -1, column: 0 },
  ArrowDown: { line: 1, column: 0 },
  ArrowLeft: { line: 0, column: -1 },
  ArrowRight: { line: 0, column: 1 },
};

function stepOf(event: KeyboardEvent, isQuick: boolean) {
  const back = event.shiftKey ? -1 : 1;
  switch (event.key) {
    case "Enter":
      return { line: back, column: 0 };
    case "Tab":
      return { line: 0, column: back };
    default:
      return isQuick ? STEPS[event.key] : undefined;
  }
}

export function CellInput(props: CellInputProps) {
  const { typing, options, onTyping, onTyped, onStop } = props;
  const input = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useLayoutEffect(() => {
    const element = input.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const type = (event: ChangeEvent<HTMLInputElement>) => {
    const { value } = event.currentTarget;
    const isLonger = value.length > typing.text.length;
    const option = isLonger && value !== "" ? completion(value, options) : undefined;
    onTyping({ ...typing, text: option ?? value });
    if (option !== undefined) {
      // What was guessed is selected, so that going on typing takes its place.
      const element = event.currentTarget;
      queueMicrotask(() => element.setSelectionRange(value.length, option.length));
    }
  };
  const end = (step: { line: number; column: number } | null) => {
    if (!isOver.current) {
      isOver.current = true;
      onTyped(typing.text, step);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      isOver.current = true;
      onStop();
      return;
    }
    const step = stepOf(event, typing.isQuick);
    if (step !== undefined) {
      event.preventDefault();
      end(step);
    }
  };
  return (
    <input
      ref={input}
      className={props.isNumber ? `${css.input} ${css.number}` : css.input}
      aria-label={props.label}
      autoComplete="off"
      spellCheck={false}
      value={typing.text}
      onChange={type}
      onKeyDown={onKeyDown}
      onBlur={() => end(null)}
    />
  );
}

function completion(typed: string, options: readonly string[]): string | undefined {
  return options.find((option) => option.startsWith(typed) && option !== typed);
}
