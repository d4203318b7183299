/**
 * A chart: the picture that the exports have, a read-out where the pointer or the arrow keys are, and
 * its figures as a table behind it.
 */
import { type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import type { ChartLook, ChartMark, ChartPicture, Failure } from "../host";
import css from "./Chart.module.css";
import { FailureNotice } from "./FailureNotice";
import { Skeleton } from "./Skeleton";
import { useTheme } from "./useTheme";

interface ChartProps {
  /** What it shows, in a few words. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Asks the host for the picture in these colours; the key holds them. */
  readonly ask: (look: ChartLook) => UseQueryOptions<ChartPicture, Failure>;
}

export function Chart({ title, width, height, ask }: ChartProps) {
  const theme = useTheme();
  const chart = useQuery(ask({ theme, width, height }));
  return (
    <figure className={css.figure} aria-label={title}>
      <div className={css.scroller}>
        <div style={{ width, height }}>
          {chart.isPending && (
            <Skeleton label={`Drawing ${title}`} rows={Math.floor(height / 28)} />
          )}
          {chart.isError && <FailureNotice failure={chart.error} />}
          {chart.isSuccess && <Picture picture={chart.data} />}
        </div>
      </div>
      {chart.isSuccess && <Figures title={title} marks={chart.data.marks} />}
    </figure>
  );
}

function Picture({ picture }: { readonly picture: ChartPicture }) {
  const [at, setAt] = useState<number | null>(null);
  const mark = at === null ? undefined : picture.marks[at];
  const onKeyDown = (event: KeyboardEvent) => {
    const last = picture.marks.length - 1;
    const next = {
      ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
      ArrowRight: Math.min(last, (at ?? -1) + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (next !== undefined && !event.altKey && !event.ctrlKey) {
      event.preventDefault();
      setAt(next);
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div
      className={css.picture}
      role="group"
      aria-label="Chart; arrow keys read it out"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read it out.
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => setAt(null)}
    >
      <div dangerouslySetInnerHTML={{ __html: picture.svg }} />
      {picture.marks.map((each, n) => (
        <div
          key={each.label}
          className={css.mark}
          data-at={n === at}
          style={{ left: each.x, top: each.y, width: each.width, height: each.height }}
          onPointerEnter={() => setAt(n)}
          onPointerLeave={() => setAt(null)}
        />
      ))}
      {mark !== undefined && <ReadOut mark={mark} width={picture.width} />}
      <span className="visually-hidden" role="status">
        {mark !== undefined && [mark.label, ...mark.lines].join(", ")}
      </span>
    </div>
  );
}

/** Width of the read-out, as in the style sheet. */
const READ_OUT_PX = 220;

function ReadOut({ mark, width }: { readonly mark: ChartMark; readonly width: number }) {
  const right = mark.x + mark.width + 8;
  const left = right + READ_OUT_PX > width ? mark.x - READ_OUT_PX - 8 : right;
  return (
    <div
      className={css.readOut}
      style={{ left: Math.max(0, left), top: mark.y }}
      aria-hidden="true"
    >
      <strong>{mark.label}</strong>
      {mark.lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </div>
  );
}

interface FiguresProps {
  readonly title: string;
  readonly marks: readonly ChartMark[];
}

function Figures({ title, marks }: FiguresProps) {
  return (
    <details className={css.figures}>
      <summary>Show as a table</summary>
      <table>
        <caption className="visually-hidden">{title}</caption>
        <tbody>
          {marks.map(({ label, lines }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {lines.map((line) => (
                <td key={line}>{line}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
