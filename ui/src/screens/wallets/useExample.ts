/** The example that is tried: as it was proposed, or as it was changed; what was typed last counts. */
import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import type { ExampleOutcome, Failure, WalletExample } from "../../host";
import { exampleQuestion } from "./questions";

export interface TriedExample {
  readonly example: WalletExample;
  /** What of it is shown: it follows what is typed. */
  readonly tried: WalletExample;
  readonly change: (example: WalletExample) => void;
  /** Goes back to what was proposed. */
  readonly reset: () => void;
  readonly isChanged: boolean;
  readonly outcome: UseQueryResult<ExampleOutcome, Failure>;
}

export function useExample(code: string, version: number, usual: WalletExample): TriedExample {
  const [changed, setChanged] = useState<WalletExample | null>(null);
  const example = changed ?? usual;
  const tried = useDeferredValue(example);
  const outcome = useQuery({
    ...exampleQuestion(code, version, tried),
    placeholderData: keepPreviousData,
  });
  return {
    example,
    tried,
    change: setChanged,
    reset: () => setChanged(null),
    isChanged: changed !== null,
    outcome,
  };
}
