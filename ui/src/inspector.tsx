/** What is selected, and why it is as it is: a screen says it, the frame shows it at the right. */
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

export interface Inspected {
  readonly title: string;
  readonly content: ReactNode;
}

interface InspectorContextValue {
  readonly inspected: Inspected | null;
  /** Shows this; null puts the inspector away. */
  readonly inspect: (inspected: Inspected | null) => void;
}

const InspectorContext = createContext<InspectorContextValue>({
  inspected: null,
  inspect: () => undefined,
});

export function InspectorProvider({ children }: { readonly children: ReactNode }) {
  const [inspected, inspect] = useState<Inspected | null>(null);
  const value = useMemo(() => ({ inspected, inspect }), [inspected]);
  return <InspectorContext value={value}>{children}</InspectorContext>;
}

export function useInspector(): InspectorContextValue {
  return useContext(InspectorContext);
}
