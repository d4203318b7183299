/** Reports of the books: as an auditor expects them on paper, and each figure down to its usage. */
import { useQuery } from "@tanstack/react-query";
import { useAsOf } from "../../asOf";
import { commands, question, type ReportChoices, type WorkspaceStatus } from "../../host";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Day } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import type { ScreenProps } from "../screen";
import { askedOf, isLineByLine, lastDayOf } from "./asked";
import { ClosePanel } from "./ClosePanel";
import { ExportPanel } from "./ExportPanel";
import { Journal } from "./Journal";
import { ReportPicker } from "./ReportPicker";
import { Sheet } from "./Sheet";

export function RevenueScreen({ status, params }: ScreenProps) {
  const choices = useQuery(
    question(["report", "choices", status.entries, status.config_revision], () =>
      commands.reportChoices(),
    ),
  );
  if (choices.isError) {
    return (
      <Page title="Revenue">
        <FailureNotice failure={choices.error} />
      </Page>
    );
  }
  if (choices.isPending) {
    return (
      <Page title="Revenue">
        <Skeleton label="Reading the books" rows={16} />
      </Page>
    );
  }
  if (status.last_day === null || choices.data.months.length === 0) {
    return (
      <Page title="Revenue">
        <Empty title="No entries yet">
          The first purchase, grant or usage begins the books. From then on roll-forward, waterfall
          and revenue stand here, month by month.
        </Empty>
      </Page>
    );
  }
  return (
    <Reports status={status} params={params} choices={choices.data} lastDay={status.last_day} />
  );
}

interface ReportsProps {
  readonly status: WorkspaceStatus;
  readonly params: Readonly<Record<string, string>>;
  readonly choices: ReportChoices;
  readonly lastDay: string;
}

function Reports({ status, params, choices, lastDay }: ReportsProps) {
  const { asOf } = useAsOf();
  const asked = askedOf(params, { months: choices.months, lastDay, asOf });
  const isJournal = isLineByLine(asked);
  const report = useQuery({
    ...question(["report", asked, status.entries, status.config_revision], () =>
      commands.makeReport(asked),
    ),
    enabled: !isJournal,
  });
  const zone = status.zone ?? "UTC";
  const closed = choices.closed_through;
  const isClosed = closed !== null && closed >= lastDayOf(asked.to);
  return (
    <Page
      title="Revenue"
      fills={isJournal}
      state={closed !== null && <ClosedState through={closed} isClosed={isClosed} />}
      acts={
        <>
          {asOf === null && !isClosed && <ClosePanel key={asked.to} month={asked.to} zone={zone} />}
          <ExportPanel asked={asked} />
        </>
      }
      filters={<ReportPicker asked={asked} choices={choices} />}
    >
      {isJournal ? (
        <Journal asked={asked} zone={zone} />
      ) : (
        <>
          {report.isPending && <Skeleton label="Making the report" rows={16} />}
          {report.isError && <FailureNotice failure={report.error} />}
          {report.isSuccess && (
            <Sheet key={JSON.stringify(asked)} sheet={report.data} asked={asked} zone={zone} />
          )}
        </>
      )}
    </Page>
  );
}

interface ClosedStateProps {
  readonly through: string;
  readonly isClosed: boolean;
}

/** Whether the months that are shown can still change. */
function ClosedState({ through, isClosed }: ClosedStateProps) {
  return isClosed ? (
    <span>closed: these months no longer change</span>
  ) : (
    <span>
      open; closed through <Day day={through} />
    </span>
  );
}
