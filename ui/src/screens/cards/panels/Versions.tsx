/** The versions of a card on a line of time, and what differs between this one and any other. */
import { useQuery } from "@tanstack/react-query";
import { type CardState, commands, question, type SheetPlace } from "../../../host";
import { FailureNotice } from "../../../parts/FailureNotice";
import { Field } from "../../../parts/Field";
import { Skeleton } from "../../../parts/Skeleton";
import { useLocale } from "../../../settings";
import { cardsQuestion } from "../CardList";
import { hrefOfSheet } from "../places";
import { percentText } from "../SheetGrid";
import { StateChip } from "../StateChip";
import { When } from "../When";
import type { PanelProps } from "./Panels";
import css from "./panels.module.css";

interface VersionsProps extends PanelProps {
  /** The version it is compared with, as in the address: `6` or `6 draft-name`. */
  readonly against: string;
  readonly onAgainst: (against: string) => void;
}

interface Stage {
  readonly place: SheetPlace;
  readonly state: CardState;
  readonly effectiveAt: string;
  readonly rows: string;
}

function keyOf({ version, draft }: SheetPlace): string {
  return draft === null ? String(version) : `${version} ${draft}`;
}

export function Versions(props: VersionsProps) {
  const { place, zone, against, onAgainst, sheet } = props;
  const { data, error } = useQuery({ ...cardsQuestion, refetchOnMount: "always" });
  if (error !== null) {
    return <FailureNotice failure={error} />;
  }
  if (data === undefined) {
    return <Skeleton label="Reading versions" rows={2} />;
  }
  const card = data.cards.find((one) => one.card === place.card);
  const stages: readonly Stage[] = [
    ...(card?.versions ?? [])
      .map((one) => ({
        place: { card: place.card, version: one.version, draft: null },
        state: one.state,
        effectiveAt: one.effective_at,
        rows: one.rows,
      }))
      .reverse(),
    ...data.drafts
      .filter((one) => one.card === place.card)
      .map((one) => ({
        place: { card: one.card, version: one.version, draft: one.draft },
        state: "draft" as const,
        effectiveAt: one.effective_at,
        rows: one.rows,
      })),
  ];
  const others = stages.filter((stage) => keyOf(stage.place) !== keyOf(place));
  const base = others.find(({ place: p }) => p.draft === null && p.version === sheet.base);
  const other = others.find((stage) => keyOf(stage.place) === against) ?? base;
  return (
    <div className={css.paste}>
      <ol className={css.timeline} aria-label="Versions in the order in which they take effect">
        {stages.map((stage) => (
          <li
            key={keyOf(stage.place)}
            className={css.stage}
            data-state={stage.state}
            aria-current={keyOf(stage.place) === keyOf(place) ? "true" : undefined}
          >
            <a href={hrefOfSheet(stage.place)}>version {stage.place.version}</a>
            <StateChip state={stage.state} />
            <span className={css.muted}>
              from <When at={stage.effectiveAt} zone={zone} />, {stage.rows} rates
              {stage.place.draft !== null && `, ${stage.place.draft}`}
            </span>
          </li>
        ))}
      </ol>
      {other === undefined ? (
        <p>There is no other version to compare with.</p>
      ) : (
        <>
          <div className={css.acts}>
            <Field.Label htmlFor="compare-with" label="Compare with">
              <select
                id="compare-with"
                value={keyOf(other.place)}
                onChange={(event) => onAgainst(event.currentTarget.value)}
              >
                {others.map((stage) => (
                  <option key={keyOf(stage.place)} value={keyOf(stage.place)}>
                    version {stage.place.version}
                    {stage.place.draft === null ? "" : `, ${stage.place.draft}`} ({stage.state})
                  </option>
                ))}
              </select>
            </Field.Label>
          </div>
          <Comparison {...props} left={other.place} />
        </>
      )}
    </div>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  quantity_unit: "counted in",
  wallet_types: "paid from",
  rest: "more",
};

function nameOf(column: string): string {
  return NAMES[column] ?? column.replace(/^match\./, "");
}

function Comparison({ place, left, savedCount }: PanelProps & { readonly left: SheetPlace }) {
  const locale = useLocale();
  // What is compared is what is saved: the count of savings is part of the question.
  const { data, error } = useQuery({
    ...question(["cards", "compare", left, place, savedCount], () =>
      commands.compareCardSheets(left, place),
    ),
    gcTime: 0,
  });
  if (error !== null) {
    return <FailureNotice failure={error} />;
  }
  if (data === undefined) {
    return <Skeleton label="Comparing" rows={4} />;
  }
  const differing = data.rows.filter(
    ({ left, right, changed }) => left === null || right === null || changed.length > 0,
  );
  if (differing.length === 0) {
    return <p>The rates are the same, all {data.rows.length} of them.</p>;
  }
  const lines = differing.flatMap((row) => {
    const columns =
      row.left !== null && row.right !== null
        ? row.changed
        : Object.keys(row.left ?? row.right ?? {});
    return columns.map((column, n) => ({ row, column, isFirst: n === 0, count: columns.length }));
  });
  return (
    <table className={css.table}>
      <caption className={css.caption}>
        {differing.length} of {data.rows.length} rates differ
      </caption>
      <thead>
        <tr>
          <th scope="col">Rate</th>
          <th scope="col">What</th>
          <th scope="col" className={css.number}>
            Version {left.version}
          </th>
          <th scope="col" className={css.number}>
            Version {place.version}
          </th>
          <th scope="col" className={css.number}>
            Change
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ row, column, isFirst, count }) => (
          <tr key={`${row.code} ${column}`}>
            {isFirst && (
              <th scope="row" rowSpan={count} className={css.rate}>
                {row.code}
              </th>
            )}
            <td>{nameOf(column)}</td>
            <td className={css.number}>{row.left?.[column] ?? (row.left === null ? "" : "–")}</td>
            <td className={css.number}>{row.right?.[column] ?? (row.right === null ? "" : "–")}</td>
            <td className={css.number}>
              {isFirst && row.left === null && "new"}
              {isFirst && row.right === null && "removed"}
              {column === "price" && row.percent !== null && percentText(row.percent, locale)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
