// Every message of the page passes here before it reaches the program. The page has no business with
// plugins: dialogs and files are behind Scrip's own commands.
const CHANNEL = "plugin:__TAURI_CHANNEL__|fetch";

window.__TAURI_ISOLATION_HOOK__ = (message) => {
  const { cmd } = message;
  if (cmd !== CHANNEL && !/^[a-z][a-z0-9_]*$/.test(cmd)) {
    throw new Error(`The window does not call ${cmd}`);
  }
  return message;
};
