/** What stands under the grid, one at a time: problems, tiers, versions, the effect, what a paste became. */
import type { ReactNode } from "react";
import type { Sheet, SheetPlace } from "../../../host";
import type { OpenSheet } from "../useSheet";
import { EffectPanel } from "./EffectPanel";
import { PasteNotes } from "./PasteNotes";
import { Problems } from "./Problems";
import css from "./panels.module.css";
import { Tiers } from "./Tiers";
import { TryEvent } from "./TryEvent";
import { Versions } from "./Versions";

export interface PanelProps {
  readonly sheet: Sheet;
  readonly place: SheetPlace;
  readonly open: OpenSheet;
  /** Counts the savings of the draft. */
  readonly savedCount: string;
  readonly zone: string;
}

interface PanelsProps extends PanelProps {
  readonly params: Readonly<Record<string, string>>;
  readonly onParams: (changed: Readonly<Record<string, string>>) => void;
}

interface Panel {
  readonly name: string;
  readonly title: ReactNode;
  readonly isAlarming?: boolean;
  readonly body: (props: PanelProps) => ReactNode;
}

function panelsOf({ open, params, onParams }: PanelsProps): readonly Panel[] {
  const problems = open.checked?.problems ?? [];
  const errors = problems.filter((problem) => problem.is_error).length;
  const report = open.report;
  return [
    {
      name: "problems",
      title: problemTitle(errors, problems.length - errors),
      isAlarming: errors > 0,
      body: (props) => <Problems {...props} />,
    },
    { name: "tiers", title: "Tiers", body: (props) => <Tiers {...props} /> },
    {
      name: "versions",
      title: "Versions and differences",
      body: (props) => (
        <Versions
          {...props}
          against={params.against ?? ""}
          onAgainst={(against) => onParams({ against })}
        />
      ),
    },
    {
      name: "effect",
      title: "Effect on last month",
      body: (props) => <EffectPanel {...props} />,
    },
    { name: "try", title: "Try an event", body: (props) => <TryEvent {...props} /> },
    ...(report === null
      ? []
      : [
          {
            name: "paste",
            title: "What was pasted",
            isAlarming: report.notes.length > 0,
            body: (props: PanelProps) => <PasteNotes {...props} report={report} />,
          },
        ]),
  ];
}

function problemTitle(errors: number, warnings: number): string {
  const words = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? "error" : "errors"}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : []),
  ];
  return words.length === 0 ? "Nothing is wrong" : words.join(", ");
}

export function Panels(all: PanelsProps) {
  const { params, onParams, ...props } = all;
  const panels = panelsOf(all);
  const shown = panels.find(({ name }) => name === params.panel);
  return (
    <section className={css.panels} aria-label="About the sheet">
      <div className={css.tabs}>
        {panels.map(({ name, title, isAlarming }) => (
          <button
            key={name}
            type="button"
            className={isAlarming === true ? `${css.tab} ${css.alarming}` : css.tab}
            aria-expanded={shown?.name === name}
            onClick={() => onParams({ panel: shown?.name === name ? "" : name })}
          >
            {title}
          </button>
        ))}
      </div>
      {shown !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
        <div className={css.body} tabIndex={0}>
          {shown.body(props)}
        </div>
      )}
    </section>
  );
}
