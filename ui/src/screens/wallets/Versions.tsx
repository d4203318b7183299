/** What a wallet type holds, and which of its versions is looked at. */
import type { WalletTypePage } from "../../host";
import { hrefOf, navigate } from "../../router";
import { StateChip } from "./StateChip";
import css from "./WalletsScreen.module.css";

/** The name of a wallet type; its code where it has none. */
export function titleOf(page: WalletTypePage): string {
  const { code, name } = page.wallet_type;
  return name === "" ? code : name;
}

export function Versions({ page }: { readonly page: WalletTypePage }) {
  const { wallet_type: type, shown } = page;
  return (
    <div className={css.stand}>
      <span>
        <code>{type.code}</code> holds {type.unit}
      </span>
      <label className={css.choice}>
        Version
        <select
          value={shown.version}
          onChange={(event) =>
            navigate("wallets", { type: type.code, version: event.target.value })
          }
        >
          {type.versions.map(({ version, effective_at, state }) => (
            <option key={version} value={version}>
              {version}, from {effective_at}, {state}
            </option>
          ))}
        </select>
      </label>
      <StateChip state={shown.state} />
      <a href={hrefOf("wallets")}>All wallet types</a>
    </div>
  );
}
