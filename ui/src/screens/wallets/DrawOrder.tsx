/** In which order lots burn: keys that are moved up and down, added and taken away. */
import { ArrowDown, ArrowUp, X } from "lucide-react";
import type { DrawKeyChoice } from "../../host";
import { Button } from "../../parts/Button";
import { PlaceProblem, useEdited } from "../../parts/draft/fields";
import { itemsOf, listFields } from "../../parts/draft/values";
import css from "./WalletsScreen.module.css";

export function DrawOrder({ keys }: { readonly keys: readonly DrawKeyChoice[] }) {
  const { values, replace } = useEdited();
  const order = itemsOf(values, "draw_order").map((name) => values[name] ?? "");
  const put = (next: readonly string[]) => replace("draw_order[", listFields("draw_order", next));
  const words = (key: string) => keys.find((each) => each.key === key)?.words ?? key;
  const swap = (from: number, to: number) => {
    const next = [...order];
    const [one, other] = [next[from], next[to]];
    if (one !== undefined && other !== undefined) {
      [next[from], next[to]] = [other, one];
      put(next);
    }
  };
  return (
    <>
      <ol className={css.order}>
        {order.map((key, n) => (
          <li key={key}>
            <span>{words(key)}</span>
            <Button
              look="quiet"
              aria-label={`Move ${words(key)} up`}
              disabled={n === 0}
              onClick={() => swap(n, n - 1)}
            >
              <ArrowUp aria-hidden="true" />
            </Button>
            <Button
              look="quiet"
              aria-label={`Move ${words(key)} down`}
              disabled={n === order.length - 1}
              onClick={() => swap(n, n + 1)}
            >
              <ArrowDown aria-hidden="true" />
            </Button>
            <Button
              look="quiet"
              aria-label={`Take ${words(key)} away`}
              onClick={() => put(order.filter((other) => other !== key))}
            >
              <X aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ol>
      <label className={css.choice}>
        Add
        <select value="" onChange={(event) => put([...order, event.target.value])}>
          <option value="">choose</option>
          {keys
            .filter(({ key }) => !order.includes(key))
            .map(({ key, words: text }) => (
              <option key={key} value={key}>
                {text}
              </option>
            ))}
        </select>
      </label>
      <PlaceProblem name="draw_order" />
    </>
  );
}
