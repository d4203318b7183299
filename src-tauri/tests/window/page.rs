//! The page as a person has it: by role and name, by what it says, never by how it is built.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::driver::Element;

/// What has not come to be by then never will.
const STATE_MAX: Duration = Duration::from_secs(20);

/// Finds the first element that is seen, of a role and with a name: the text, or what a label says.
const BY_ROLE: &str = r#"
const [role, name] = arguments;
const roles = {
  button: "button, [role=button]", link: "a[href], [role=link]", heading: "h1, h2, h3, [role=heading]",
  option: "[role=option]", menuitem: "[role=menuitem]", table: "table, [role=table], [role=grid]",
  textbox: "input:not([type=checkbox]):not([type=radio]), textarea, [role=textbox]",
  combobox: "select, [role=combobox]", dialog: "[role=dialog]", alert: "[role=alert]",
  checkbox: "input[type=checkbox]", row: "tr, [role=row]", region: "section[aria-labelledby], section[aria-label], aside, [role=region]",
};
const labelled = (element) => {
  const by = element.getAttribute("aria-labelledby");
  const label = element.getAttribute("aria-label")
    ?? (by && by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" "))
    ?? element.labels?.[0]?.textContent
    ?? (element.tagName === "TABLE" ? element.caption?.textContent : undefined)
    ?? element.textContent;
  return (label ?? "").replace(/\s+/g, " ").trim();
};
for (const element of document.querySelectorAll(roles[role] ?? `[role=${role}]`)) {
  const box = element.getBoundingClientRect();
  const label = labelled(element);
  if (box.width > 0 && (label === name || (name.endsWith("…") && label.startsWith(name.slice(0, -1))))) {
    return element;
  }
}
return null;
"#;

impl Desktop {
    /// Waits for a value that a script finds, and returns it; null, false and an empty text are none.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, script: &str, arguments: &[Value]) -> Value {
        let began = Instant::now();
        loop {
            let found = self.driver.run(script, arguments);
            match &found {
                Ok(Value::Null | Value::Bool(false)) => {}
                Ok(Value::String(text)) if text.is_empty() => {}
                Ok(value) => return value.clone(),
                // The page may be between two others.
                Err(error) if began.elapsed() < STATE_MAX && error.code != "transport" => {}
                Err(error) => panic!("while waiting for {what}: {error}"),
            }
            if began.elapsed() >= STATE_MAX {
                let picture = self.picture("failed");
                let text = self.text();
                panic!(
                    "waited {STATE_MAX:?} in vain for {what}. The screen, a picture of which is {}, \
                     says:\n{text}",
                    picture.display()
                );
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Everything that the page says.
    pub(crate) fn text(&self) -> String {
        let text = self.driver.run("return document.body.innerText", &[]);
        text.map_or_else(|error| error.to_string(), |v| v.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page says something.
    #[track_caller]
    pub(crate) fn sees(&self, text: &str) {
        let script = "return document.body.innerText.replace(/\\s+/g, ' ').includes(arguments[0])";
        self.until(&format!("the words “{text}”"), script, &[json!(text)]);
    }

    /// Waits until the page no longer says something.
    #[track_caller]
    pub(crate) fn sees_no_more(&self, text: &str) {
        let script = "return !document.body.innerText.replace(/\\s+/g, ' ').includes(arguments[0])";
        self.until(&format!("the words “{text}” to go"), script, &[json!(text)]);
    }

    /// Waits for an element of a role with a name; a name that ends with … is the beginning of one.
    #[track_caller]
    pub(crate) fn by_role(&self, role: &str, name: &str) -> Element {
        let value = self.until(&format!("{role} “{name}”"), BY_ROLE, &[json!(role), json!(name)]);
        Element::of(&value).expect("an element")
    }

    /// Clicks an element of a role with a name, when it is there.
    #[track_caller]
    pub(crate) fn click(&self, role: &str, name: &str) {
        let began = Instant::now();
        // It may be replaced between being found and being clicked.
        while let Err(error) = self.driver.click(&self.by_role(role, name)) {
            assert!(began.elapsed() < STATE_MAX, "{role} “{name}” cannot be clicked: {error}");
        }
    }

    /// Types into the field with this label, in place of what is in it.
    #[track_caller]
    pub(crate) fn fill(&self, label: &str, text: &str) {
        let field = self.by_role("textbox", label);
        let typed = self.driver.clear(&field).and_then(|()| self.driver.type_into(&field, text));
        typed.unwrap_or_else(|error| panic!("“{label}” cannot be filled in: {error}"));
    }

    /// Chooses an option of the first list with this label by its value.
    #[track_caller]
    pub(crate) fn choose(&self, label: &str, value: &str) {
        let script = "const label = [...document.querySelectorAll('label')] \
            .find((one) => one.textContent.trim() === arguments[0]); \
            const list = label && document.getElementById(label.htmlFor); \
            if (!list) { return false; } \
            Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value') \
                .set.call(list, arguments[1]); \
            list.dispatchEvent(new Event('change', { bubbles: true })); \
            return list.value === arguments[1];";
        self.until(label, script, &[json!(label), json!(value)]);
    }

    /// Presses keys together: `Ctrl`, `Alt`, `Shift`, `Enter`, `Escape`, `Tab`, arrows, or a letter.
    #[track_caller]
    pub(crate) fn press(&self, keys: &[&str]) {
        let keys: Vec<char> = keys.iter().map(|key| code(key)).collect();
        self.driver.press(&keys).unwrap_or_else(|error| panic!("keys cannot be pressed: {error}"));
    }

    /// Types letters one after the other, into whatever has the focus.
    #[track_caller]
    pub(crate) fn type_keys(&self, text: &str) {
        for letter in text.chars() {
            let typed = self.driver.press(&[letter]);
            typed.unwrap_or_else(|error| panic!("{letter} cannot be typed: {error}"));
        }
    }

    /// Pastes a text from outside the window: the event that a clipboard filled elsewhere causes.
    #[track_caller]
    pub(crate) fn paste(&self, text: &str) {
        let script = "const data = new DataTransfer(); data.setData('text/plain', arguments[0]); \
            document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })); \
            return true";
        let pasted = self.driver.run(script, &[json!(text)]);
        pasted.unwrap_or_else(|error| panic!("the text cannot be pasted: {error}"));
    }

    /// Opens a screen by its link in the sidebar and waits for its title.
    #[track_caller]
    pub(crate) fn open_screen(&self, title: &str) {
        self.click("link", title);
        self.by_role("heading", title);
    }

    /// Puts on light or dark colours, through the palette as a person would.
    #[track_caller]
    pub(crate) fn wear(&self, theme: &str) {
        self.press(&["Ctrl", "k"]);
        self.click("option", &format!("Colours: {theme}"));
        let script = "return document.documentElement.dataset.theme === arguments[0] \
                      && document.querySelector('[role=dialog]') === null";
        self.until(&format!("{theme} colours"), script, &[json!(theme)]);
    }

    /// Takes pictures of the screen in light and in dark colours, and checks each with axe.
    #[track_caller]
    pub(crate) fn pictures(&self, name: &str) {
        for theme in ["dark", "light"] {
            self.wear(theme);
            self.painted();
            self.picture(&format!("{name}-{theme}"));
            self.is_accessible(&format!("{name} in {theme} colours"));
        }
    }

    /// Checks what is shown with axe: the rules of WCAG 2.2 A and AA. A serious finding is a failure.
    #[track_caller]
    pub(crate) fn is_accessible(&self, what: &str) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(path).expect("axe-core is installed: npm --prefix ui ci");
        let script = format!(
            "const done = arguments[arguments.length - 1];
             if (window.axe === undefined) {{ {axe} }}
             const only = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
             window.axe.run(document, {{ runOnly: only }})
               .then(({{ violations, passes }}) => done([passes.length, ...violations
               .filter(({{ impact }}) => impact === 'serious' || impact === 'critical')
               .map(({{ id, help, nodes }}) => `${{id}}: ${{help}}: `
                 + nodes.map(({{ html, any }}) => html + ' ' + any.map((a) => a.message)).join('; '))]))
               .catch((error) => done([0, String(error)]));"
        );
        let found = self.driver.run_until_called(&script, &[]);
        let found = found.unwrap_or_else(|error| panic!("axe does not run on {what}: {error}"));
        assert!(found[0].as_u64().is_some_and(|rules| rules > 4), "axe checks nothing: {found}");
        let findings: Vec<&str> =
            found.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert!(findings.is_empty(), "axe finds in {what}:\n{}", findings.join("\n"));
    }

    /// Waits until nothing is on its way: no part of the page is a skeleton.
    #[track_caller]
    pub(crate) fn settled(&self) {
        let script = "return document.querySelector('[aria-busy=true]') === null";
        self.until("everything to be there", script, &[]);
        self.painted();
    }

    /// Waits until what was last changed is on the display.
    #[track_caller]
    pub(crate) fn painted(&self) {
        let script = "const done = arguments[arguments.length - 1]; \
            document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => \
            setTimeout(() => done(true), 0))))";
        self.driver
            .run_until_called(script, &[])
            .unwrap_or_else(|error| panic!("the page paints nothing: {error}"));
    }
}

/// The code that the protocol has for a key.
pub(crate) fn code(key: &str) -> char {
    match key {
        "Ctrl" => '\u{E009}',
        "Alt" => '\u{E00A}',
        "Shift" => '\u{E008}',
        "Enter" => '\u{E007}',
        "Escape" => '\u{E00C}',
        "Tab" => '\u{E004}',
        "Left" => '\u{E012}',
        "Up" => '\u{E013}',
        "Right" => '\u{E014}',
        "Down" => '\u{E015}',
        "Home" => '\u{E011}',
        "End" => '\u{E010}',
        "PageDown" => '\u{E00F}',
        "F2" => '\u{E032}',
        "F8" => '\u{E038}',
        "Delete" => '\u{E017}',
        letter => letter.chars().next().expect("a key"),
    }
}
