/** What the person at this machine has set, for every part that writes a number or wears a colour. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { commands, type Settings } from "./host";
import { usableLocale } from "./locale";
import { settingsQuestion } from "./queries";

const DEFAULTS: Settings = {
  theme: "system",
  negative: "minus",
  notices: "away",
  locale: "",
  operator: "",
};

interface SettingsContextValue {
  readonly settings: Settings;
  readonly set: (settings: Settings) => void;
}

const SettingsContext = createContext<SettingsContextValue>({
  settings: DEFAULTS,
  set: () => undefined,
});

export function SettingsProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { data: settings = DEFAULTS, isSuccess } = useQuery(settingsQuestion);
  const { mutate } = useMutation({
    mutationFn: (next: Settings) => commands.setSettings(next),
    onMutate: (next) => client.setQueryData(settingsQuestion.queryKey, next),
  });
  useEffect(() => {
    // Until the settings are there, the colours stay those that the host put on.
    if (isSuccess) {
      document.documentElement.setAttribute("data-theme", settings.theme);
    }
  }, [settings.theme, isSuccess]);
  return <SettingsContext value={{ settings, set: mutate }}>{children}</SettingsContext>;
}

/** What is set, and how to set it. */
export function useSettings(): SettingsContextValue {
  return useContext(SettingsContext);
}

/** The locale in which numbers and dates are written. */
export function useLocale(): string {
  const { settings } = useSettings();
  return usableLocale(settings.locale, navigator.language);
}
