/** Where a production ledger is, and how it lets one in. */
import { useQuery } from "@tanstack/react-query";
import { commands, type ProductionTarget, question } from "../../host";
import { Field } from "../../parts/Field";
import css from "./production.module.css";

const keychainQuestion = question(["keychain"], () => commands.keychainIsThere());

export const NOWHERE: ProductionTarget = { address: "", authority: "", without_tls: false };

interface TargetFieldsProps {
  readonly target: ProductionTarget;
  readonly onChange: (target: ProductionTarget) => void;
}

export function TargetFields({ target, onChange }: TargetFieldsProps) {
  return (
    <>
      <Field
        label="Address"
        value={target.address}
        placeholder="postgres://name@ledger.example.com:5432/books"
        onChange={(event) => onChange({ ...target, address: event.target.value })}
        style={{ width: "60ch" }}
      />
      <Field
        label="File of the authority that signs the company's servers (PEM); empty for those of the system"
        value={target.authority}
        disabled={target.without_tls}
        onChange={(event) => onChange({ ...target, authority: event.target.value })}
        style={{ width: "60ch" }}
      />
      <label className={css.check}>
        <input
          type="checkbox"
          checked={target.without_tls}
          onChange={(event) => onChange({ ...target, without_tls: event.target.checked })}
        />
        Without encryption, for a server on this machine alone
      </label>
    </>
  );
}

export interface Given {
  readonly password: string;
  readonly remember: boolean;
}

export const NOTHING_GIVEN: Given = { password: "", remember: false };

interface PasswordFieldsProps {
  readonly given: Given;
  readonly onChange: (given: Given) => void;
}

/** The password, and whether it goes into the keychain, where this machine has one. */
export function PasswordFields({ given, onChange }: PasswordFieldsProps) {
  const keychain = useQuery(keychainQuestion);
  return (
    <>
      <Field
        label="Password, if the server wants one"
        type="password"
        value={given.password}
        onChange={(event) => onChange({ ...given, password: event.target.value })}
        style={{ width: "30ch" }}
      />
      {keychain.data === true && (
        <label className={css.check}>
          <input
            type="checkbox"
            checked={given.remember}
            onChange={(event) => onChange({ ...given, remember: event.target.checked })}
          />
          Keep it in the keychain of this system
        </label>
      )}
      {keychain.data === false && (
        <p className={css.hint}>
          This machine has no keychain for you, so the password is asked for each time the program
          starts. It is written nowhere.
        </p>
      )}
    </>
  );
}
