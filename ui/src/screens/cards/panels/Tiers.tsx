/** The tiers of the selected rate, in place: bounds, prices, what is charged once. */

import type { SheetRow, SheetTier } from "../../../host";
import { Button } from "../../../parts/Button";
import { useLocale } from "../../../settings";
import { isTiered } from "../model/columns";
import { kept } from "../model/typing";
import type { PanelProps } from "./Panels";
import css from "./panels.module.css";

const EMPTY: SheetTier = { up_to: "", price: "", per: "", flat: "" };

const HOW: Readonly<Record<string, string>> = {
  graduated: "Each tier prices the quantity that falls into it.",
  volume: "The tier that the whole quantity reaches prices all of it.",
  stairstep: "The tier that the whole quantity reaches is one amount for all of it.",
};

export function Tiers({ sheet, open }: PanelProps) {
  const line = open.activeLine;
  const locale = useLocale();
  if (line === null) {
    return <p>Select a rate to see its tiers.</p>;
  }
  const { id, row } = line;
  if (!isTiered(row.model)) {
    return (
      <p>
        {row.code} is priced {row.model === "" ? "by no model yet" : `by ${row.model}`}, without
        tiers. Its model has tiers when it is graduated, volume or stairstep.
      </p>
    );
  }
  const isOpen = sheet.draft !== null;
  const set = (tiers: SheetTier[], what: string) => {
    const changed: SheetRow = { ...row, tiers };
    open.setRow(id, changed, what);
  };
  const setCell = (at: number, member: keyof SheetTier, text: string) => {
    const value = kept(text, true, locale);
    if (row.tiers[at]?.[member] !== value) {
      const tiers = row.tiers.map((tier, n) => (n === at ? { ...tier, [member]: value } : tier));
      set(tiers, `a tier of ${row.code}`);
    }
  };
  // A new tier is the last but one: the last has no bound.
  const add = () =>
    set([...row.tiers.slice(0, -1), EMPTY, row.tiers.at(-1) ?? EMPTY], "add a tier");
  const isStair = row.model === "stairstep";
  const members: readonly (readonly [keyof SheetTier, string])[] = isStair
    ? [
        ["up_to", "Up to"],
        ["price", `Amount, ${sheet.unit}`],
      ]
    : [
        ["up_to", "Up to"],
        ["per", "Per"],
        ["price", `Price, ${sheet.unit}`],
        ["flat", "Once"],
      ];
  return (
    <div className={css.paste}>
      <p>
        Tiers of <strong>{row.code}</strong>, {row.model}. {HOW[row.model]} Quantity is counted in
        the customer's billing period.
      </p>
      <table className={css.table}>
        <caption className="visually-hidden">Tiers of {row.code}</caption>
        <thead>
          <tr>
            {members.map(([member, name]) => (
              <th key={member} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {row.tiers.map((tier, at) => (
            // Tiers have no name: a tier is its place.
            <tr key={at}>
              {members.map(([member, name]) => (
                <td key={member}>
                  <TierCell
                    label={`${name}, tier ${at + 1}`}
                    text={tier[member]}
                    isOpen={isOpen}
                    placeholder={member === "up_to" ? "no bound" : member === "per" ? "1" : ""}
                    onTyped={(text) => setCell(at, member, text)}
                  />
                </td>
              ))}
              <td>
                {isOpen && (
                  <Button
                    look="quiet"
                    onClick={() =>
                      set(
                        row.tiers.filter((_, n) => n !== at),
                        "remove a tier",
                      )
                    }
                  >
                    Remove<span className="visually-hidden"> tier {at + 1}</span>
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {isOpen && (
        <p className={css.acts}>
          <Button onClick={add}>Add a tier</Button>
        </p>
      )}
    </div>
  );
}

interface TierCellProps {
  readonly label: string;
  readonly text: string;
  readonly isOpen: boolean;
  readonly placeholder: string;
  readonly onTyped: (text: string) => void;
}

function TierCell({ label, text, isOpen, placeholder, onTyped }: TierCellProps) {
  return (
    <input
      // What is typed and not yet left is forgotten when the tier becomes another one.
      key={text}
      className={css.tierCell}
      aria-label={label}
      defaultValue={text}
      placeholder={placeholder}
      readOnly={!isOpen}
      autoComplete="off"
      spellCheck={false}
      onBlur={(event) => onTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          onTyped(event.currentTarget.value);
        }
      }}
    />
  );
}
