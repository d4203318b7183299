/** What stands around every screen of an open workspace. */
import { useState } from "react";
import { AsOfProvider, useAsOf } from "../asOf";
import type { WorkspaceStatus } from "../host";
import { InspectorProvider } from "../inspector";
import { Empty } from "../parts/Empty";
import { Guard } from "../parts/Guard";
import { Page } from "../parts/Page";
import { useRoute } from "../router";
import { screensOf } from "../screens";
import css from "./Frame.module.css";
import { Inspector } from "./Inspector";
import { Palette } from "./Palette";
import { ShortcutSheet } from "./ShortcutSheet";
import { Sidebar } from "./Sidebar";
import { StatusLine } from "./StatusLine";
import { TopBar } from "./TopBar";
import { useFrameKeys } from "./useFrameKeys";
import { usePulse } from "./usePulse";

/** What lies over the screen. */
export type Overlay = "palette" | "shortcuts" | null;

export function Frame({ status }: { readonly status: WorkspaceStatus }) {
  return (
    <AsOfProvider key={status.folder}>
      <InspectorProvider>
        <Framed status={status} />
      </InspectorProvider>
    </AsOfProvider>
  );
}

function Framed({ status }: { readonly status: WorkspaceStatus }) {
  const { asOf } = useAsOf();
  const route = useRoute();
  const [overlay, setOverlay] = useState<Overlay>(null);
  useFrameKeys(status, setOverlay);
  usePulse(status);
  const screen = screensOf(status).find(({ name }) => name === route.screen);
  return (
    <div className={css.frame} data-past={asOf !== null}>
      <TopBar status={status} onFind={() => setOverlay("palette")} />
      <Sidebar current={route.screen} status={status} />
      <main className={css.main} id="content">
        {screen === undefined ? (
          <Page title="Not found">
            <Empty title="There is no such screen">Choose one at the left.</Empty>
          </Page>
        ) : (
          <>
            {asOf !== null && !screen.readsThePast && (
              <p className={css.notice} role="note">
                This screen shows the books as they are now, whatever “as of” says.
              </p>
            )}
            <Guard key={screen.name}>
              <screen.component status={status} params={route.params} />
            </Guard>
          </>
        )}
      </main>
      <Inspector />
      <StatusLine status={status} />
      <Palette status={status} open={overlay === "palette"} onOpen={setOverlay} />
      <ShortcutSheet status={status} open={overlay === "shortcuts"} onOpen={setOverlay} />
    </div>
  );
}
