/** What goes into an example: purchases, usage, and what some policies ask for besides. */
import { Plus, X } from "lucide-react";
import { type InputHTMLAttributes, useId } from "react";
import type { FieldProblem, WalletExample } from "../../host";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import css from "./WalletsScreen.module.css";

interface ExampleFormProps {
  readonly example: WalletExample;
  readonly problems: readonly FieldProblem[];
  readonly onChange: (example: WalletExample) => void;
}

const KINDS = ["purchased", "bonus", "promotional", "compensation"] as const;

/** An item of a list with some of its members changed. */
function at<T>(list: readonly T[], index: number, change: Partial<T>): T[] {
  return list.map((item, n) => (n === index ? { ...item, ...change } : item));
}

function without<T>(list: readonly T[], index: number): T[] {
  return list.filter((_, n) => n !== index);
}

export function ExampleForm({ example, problems, onChange }: ExampleFormProps) {
  const problem = (place: string) => problems.find((each) => each.place === place)?.message;
  const set = (change: Partial<WalletExample>) => onChange({ ...example, ...change });
  const { purchases, usage } = example;
  const last = { purchase: purchases.at(-1), usage: usage.at(-1) };
  return (
    <div className={css.example}>
      <fieldset>
        <legend>Comes in, paid in {example.currency}</legend>
        {purchases.map((purchase, n) => (
          <div key={n} className={css.row}>
            <Kind
              value={purchase.kind}
              onChange={(kind) =>
                set({
                  purchases: at(
                    purchases,
                    n,
                    kind === "promotional" ? { kind, net: "" } : { kind },
                  ),
                })
              }
            />
            <Cell
              label="Units"
              value={purchase.units}
              problem={problem(`purchases[${n}].units`)}
              onValue={(units) => set({ purchases: at(purchases, n, { units }) })}
            />
            <Cell
              label="Net price"
              value={purchase.net}
              disabled={purchase.kind === "promotional"}
              problem={problem(`purchases[${n}].net`)}
              onValue={(net) => set({ purchases: at(purchases, n, { net }) })}
            />
            <Cell
              label="On"
              value={purchase.day}
              problem={problem(`purchases[${n}].day`)}
              onValue={(day) => set({ purchases: at(purchases, n, { day }) })}
            />
            <Remove
              what={`purchase ${n + 1}`}
              onClick={() => set({ purchases: without(purchases, n) })}
            />
          </div>
        ))}
        <Button
          look="quiet"
          onClick={() =>
            set({
              purchases: [
                ...purchases,
                {
                  kind: "promotional",
                  units: "100",
                  net: "",
                  day: last.purchase?.day ?? example.through,
                },
              ],
            })
          }
        >
          <Plus aria-hidden="true" />
          Add a lot
        </Button>
      </fieldset>
      <fieldset>
        <legend>Is used, in units a day</legend>
        {usage.map((used, n) => (
          <div key={n} className={css.row}>
            <Cell
              label="Units a day"
              value={used.units}
              problem={problem(`usage[${n}].units`)}
              onValue={(units) => set({ usage: at(usage, n, { units }) })}
            />
            <Cell
              label="From"
              value={used.from}
              problem={problem(`usage[${n}].from`)}
              onValue={(from) => set({ usage: at(usage, n, { from }) })}
            />
            <Cell
              label="Through"
              value={used.through}
              problem={problem(`usage[${n}].through`)}
              onValue={(through) => set({ usage: at(usage, n, { through }) })}
            />
            <Remove what={`usage ${n + 1}`} onClick={() => set({ usage: without(usage, n) })} />
          </div>
        ))}
        <Button
          look="quiet"
          onClick={() =>
            set({
              usage: [
                ...usage,
                {
                  units: last.usage?.units ?? "1",
                  from: last.usage?.through ?? last.purchase?.day ?? example.through,
                  through: example.through,
                },
              ],
            })
          }
        >
          <Plus aria-hidden="true" />
          Add usage
        </Button>
      </fieldset>
      <div className={css.row}>
        <Cell
          label="Looked at through"
          value={example.through}
          problem={problem("through")}
          onValue={(through) => set({ through })}
        />
        <Cell
          label="Overage, a unit"
          value={example.overage_price}
          problem={problem("overage_price")}
          onValue={(overage_price) => set({ overage_price })}
        />
        <Cell
          label="Contract through"
          value={example.contract_through}
          placeholder="none"
          problem={problem("contract_through")}
          onValue={(contract_through) => set({ contract_through })}
        />
        <Cell
          label="Top-up paid after days"
          value={example.payment_days}
          problem={problem("payment_days")}
          onValue={(payment_days) => set({ payment_days })}
        />
        <label className={css.tick}>
          <input
            type="checkbox"
            checked={example.by_member}
            onChange={(event) => set({ by_member: event.target.checked })}
          />
          used by one member
        </label>
      </div>
    </div>
  );
}

interface CellProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onValue: (value: string) => void;
}

/** A field with what is wrong with it under it. */
function Cell({ label, value, problem, onValue, ...rest }: CellProps) {
  const message = useId();
  return (
    <div className={css.cell}>
      <Field
        label={label}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : message}
        {...rest}
      />
      {problem !== undefined && (
        <p id={message} className={css.problem}>
          {problem}
        </p>
      )}
    </div>
  );
}

interface KindProps {
  readonly value: string;
  readonly onChange: (kind: string) => void;
}

function Kind({ value, onChange }: KindProps) {
  const id = useId();
  return (
    <Field.Label htmlFor={id} label="Kind">
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
    </Field.Label>
  );
}

function Remove({ what, onClick }: { readonly what: string; readonly onClick: () => void }) {
  return (
    <Button look="quiet" className={css.remove} aria-label={`Remove ${what}`} onClick={onClick}>
      <X aria-hidden="true" />
    </Button>
  );
}
