/** What each pasted cell became: how many changed, and those that did not go where they were meant to. */
import { Button } from "../../../parts/Button";
import type { PasteReport } from "../usePaste";
import type { PanelProps } from "./Panels";
import css from "./panels.module.css";

interface PasteNotesProps extends PanelProps {
  readonly report: PasteReport;
}

const LISTED_MAX = 100;

export function PasteNotes({ open, report }: PasteNotesProps) {
  const { notes } = report;
  return (
    <div className={css.paste}>
      <p role="status">
        {report.changed} {report.changed === 1 ? "cell" : "cells"} changed, {report.added}{" "}
        {report.added === 1 ? "rate" : "rates"} added, {report.same} as they were
        {notes.length > 0 && `, ${notes.length} to look at`}.
        {report.hasHeader && " The first row named the columns."}
      </p>
      <p className={css.acts}>
        <span>Numbers were read with a decimal {report.comma ? "comma" : "point"}.</span>
        <Button onClick={open.pasteOtherwise}>
          Read them with a {report.comma ? "point" : "comma"} instead
        </Button>
        <Button look="quiet" onClick={open.closeReport}>
          Put this away
        </Button>
      </p>
      {notes.length > 0 && (
        <table className={css.table}>
          <caption className="visually-hidden">Cells to look at</caption>
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col">On the clipboard</th>
              <th scope="col">What is the matter</th>
            </tr>
          </thead>
          <tbody>
            {notes.slice(0, LISTED_MAX).map((note, n) => (
              <tr key={`${note.where} ${n}`}>
                <td>{note.where}</td>
                <td>{note.text}</td>
                <td>{note.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {notes.length > LISTED_MAX && <p>and {notes.length - LISTED_MAX} more</p>}
    </div>
  );
}
