/** Writing a report to files. */
import { type AskedReport, commands, type ReportFormat } from "../../host";
import { ExportDialog, type ExportFormat } from "../../parts/ExportDialog";
import { REPORTS } from "./asked";

const FORMATS: readonly [ExportFormat<ReportFormat>, ...ExportFormat<ReportFormat>[]] = [
  { code: "xlsx", label: "one workbook, with formulas (XLSX)" },
  { code: "pdf", label: "a document to print and to archive (PDF)" },
  { code: "csv", label: "a file for each table (CSV)" },
];

export function ExportPanel({ asked }: { readonly asked: AskedReport }) {
  const report = REPORTS.find(({ name }) => name === asked.report)?.title ?? "Report";
  const period = asked.from === asked.to ? asked.to : `${asked.from} to ${asked.to}`;
  return (
    <ExportDialog
      title={`Export: ${report}, ${period}`}
      folderTitle="Where to write the report"
      formats={FORMATS}
      label="Writing the report"
      name="Export of a report"
      onWrite={(format, folder, task, progress) =>
        commands.exportReport(asked, format, folder, task, progress)
      }
    />
  );
}
