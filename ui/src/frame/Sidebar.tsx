/** The screens. */
import { hrefOf } from "../router";
import { SCREENS } from "../screens";
import css from "./Sidebar.module.css";

export function Sidebar({ current }: { readonly current: string }) {
  return (
    <nav className={css.side} aria-label="Screens">
      <ul>
        {SCREENS.map((screen) => (
          <li key={screen.name}>
            <a
              href={hrefOf(screen.name)}
              className={css.link}
              aria-current={screen.name === current ? "page" : undefined}
            >
              <screen.icon aria-hidden="true" />
              {screen.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
