/** Writing a finished preview to files. */
import { commands, type PreviewFormat } from "../../host";
import { ExportDialog, type ExportFormat } from "../../parts/ExportDialog";

const FORMATS: readonly [ExportFormat<PreviewFormat>, ...ExportFormat<PreviewFormat>[]] = [
  { code: "xlsx", label: "one workbook (XLSX)" },
  { code: "csv", label: "a file for each table (CSV)" },
];

interface ExportPreviewProps {
  readonly handle: string;
  /** What the files are called. */
  readonly name: string;
}

export function ExportPreview({ handle, name }: ExportPreviewProps) {
  return (
    <ExportDialog
      title={`Export: preview ${name}`}
      folderTitle="Where to write the preview"
      formats={FORMATS}
      label="Writing the preview"
      name="Export of a preview"
      onWrite={(format, folder) => commands.exportPreview(handle, name, format, folder)}
    />
  );
}
