/** Opening another workspace from inside one: what fails leaves the one that is open. */
import { useMutation } from "@tanstack/react-query";
import { useEnter } from "../enter";
import { asFailure, commands } from "../host";
import { sayFailure } from "../parts/Toasts";

export function useOpenWorkspace() {
  const enter = useEnter();
  const open = useMutation({
    mutationFn: (folder: string) => commands.openWorkspace(folder),
    onSuccess: enter,
    onError: (thrown) => sayFailure(asFailure(thrown)),
  });
  const choose = useMutation({
    mutationFn: () => commands.chooseFolder("Open a workspace"),
    onSuccess: (folder) => {
      if (folder !== null) {
        open.mutate(folder);
      }
    },
    onError: (thrown) => sayFailure(asFailure(thrown)),
  });
  return { open, choose };
}
