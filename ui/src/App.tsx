/** Which of the two the window is: the start, or a workspace in its frame. */
import { useQuery } from "@tanstack/react-query";
import { Frame } from "./frame/Frame";
import { Guard } from "./parts/Guard";
import { Toasts } from "./parts/Toasts";
import { statusQuestion } from "./queries";
import { StartScreen } from "./screens/start/StartScreen";
import { SettingsProvider } from "./settings";

export function App() {
  return (
    <SettingsProvider>
      <Toasts>
        <Guard>
          <Window />
        </Guard>
      </Toasts>
    </SettingsProvider>
  );
}

function Window() {
  const status = useQuery(statusQuestion);
  if (status.isPending) {
    return <output className="visually-hidden">Opening the workspace</output>;
  }
  if (status.isError) {
    return <StartScreen failure={status.error} />;
  }
  return status.data === null ? <StartScreen /> : <Frame status={status.data} />;
}
