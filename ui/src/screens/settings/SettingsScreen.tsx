/** Settings: of the person at this machine, and of the books, which only a configuration changes. */
import { useQuery } from "@tanstack/react-query";
import { commands, question } from "../../host";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import type { ScreenProps } from "../screen";
import { ChartOfAccounts } from "./ChartOfAccounts";
import { OwnSettings } from "./OwnSettings";
import { Roles } from "./Roles";
import css from "./SettingsScreen.module.css";
import { TheseBooks } from "./TheseBooks";

export function SettingsScreen({ status }: ScreenProps) {
  const books = useQuery(
    question(["settings-of-books", status.config_revision, status.folder], () =>
      commands.booksSettings(),
    ),
  );
  return (
    <Page title="Settings">
      <div className={css.settings}>
        <OwnSettings />
        {books.isPending && <Skeleton label="Reading the settings of the books" rows={10} />}
        {books.isError && <FailureNotice failure={books.error} />}
        {books.isSuccess && (
          <>
            <TheseBooks books={books.data} folder={status.folder} />
            <Roles />
            <ChartOfAccounts accounts={books.data.accounts} />
          </>
        )}
      </div>
    </Page>
  );
}
