/** A button: what it says is what happens. */
import type { ButtonHTMLAttributes } from "react";
import css from "./Button.module.css";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` for the one act of a screen, `quiet` for what stands among text. */
  readonly look?: "primary" | "plain" | "quiet";
}

export function Button({ look = "plain", className, type = "button", ...rest }: ButtonProps) {
  const classes = [css.button, css[look], className].filter(Boolean).join(" ");
  return <button type={type} className={classes} {...rest} />;
}
