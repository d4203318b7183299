/** The instant at which every screen is read: now, or one before. */
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

interface AsOfContextValue {
  /** The instant in UTC; null is now. */
  readonly asOf: string | null;
  readonly setAsOf: (asOf: string | null) => void;
}

const AsOfContext = createContext<AsOfContextValue>({ asOf: null, setAsOf: () => undefined });

export function AsOfProvider({ children }: { readonly children: ReactNode }) {
  const [asOf, setAsOf] = useState<string | null>(null);
  const value = useMemo(() => ({ asOf, setAsOf }), [asOf]);
  return <AsOfContext value={value}>{children}</AsOfContext>;
}

/** The instant that is read; every question that can be asked of the past asks with it. */
export function useAsOf(): AsOfContextValue {
  return useContext(AsOfContext);
}
