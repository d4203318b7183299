//! How long the window takes on large books, measured in the page itself. `make bench-window` runs it;
//! docs/performance.md tells what it measures.
#![expect(clippy::print_stdout, reason = "tells its measurements")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desktop::Desktop;

/// No measurement takes longer than this.
const MEASURED_MAX: Duration = Duration::from_secs(300);
/// Times that the program is started, and rounds through the screens after the first one.
const STARTS: usize = 3;
const ROUNDS: usize = 5;
const KEYS: usize = 30;

/// Goes to a screen and waits until it is painted with all that it shows. What is measured is left in
/// the page, because a call to the driver may not take as long.
const GO: &str = r#"
const [title] = arguments;
const links = [...document.querySelectorAll('nav[aria-label="Screens"] a')];
const link = links.find((one) => one.textContent.trim() === title);
window.scripMeasured = null;
const began = performance.now();
let framed = null;
link?.click();
const waits = 'main [role=status][aria-label], main progress, main [class*=coming]';
const look = () => {
  if (document.querySelector('h1')?.textContent === title) {
    framed ??= performance.now() - began;
    if (document.querySelector(waits) === null) {
      requestAnimationFrame(() => requestAnimationFrame(() => {
        window.scripMeasured = [framed, performance.now() - began].map(Math.round);
      }));
      return;
    }
  }
  requestAnimationFrame(look);
};
look();
return true;
"#;

/// Turns the wheel over a long table for so many frames, then flies to places all over it.
const SCROLL: &str = r#"
const [frames, stepPx] = arguments;
const grid = document.querySelector('[role=grid]');
window.scripMeasured = null;
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const isBlank = () => {
  const box = grid.getBoundingClientRect();
  const drawn = [...grid.querySelectorAll('[role=row]')].slice(1).map((row) => row.getBoundingClientRect());
  const covered = drawn.some((row) => row.top <= box.top + 60)
    && drawn.some((row) => row.bottom >= box.bottom - 30);
  const coming = [...grid.querySelectorAll('[class*=coming]')].some((cell) => {
    const { top, bottom } = cell.getBoundingClientRect();
    return bottom > box.top && top < box.bottom;
  });
  return coming || !covered;
};
(async () => {
  grid.scrollTop = 0;
  await frame(); await frame();
  let [blank, slow, worst] = [0, 0, 0];
  let before = performance.now();
  for (let n = 0; n < frames; n += 1) {
    grid.scrollTop += stepPx;
    await frame();
    const now = performance.now();
    worst = Math.max(worst, now - before);
    slow += now - before > 34 ? 1 : 0;
    before = now;
    blank += isBlank() ? 1 : 0;
  }
  const jumps = [];
  for (const share of [0.5, 0.13, 0.97, 0.31, 0.76, 0.05, 0.62, 0.88, 0.22, 0.44]) {
    const began = performance.now();
    grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * share;
    do { await frame(); } while (isBlank());
    await frame();
    jumps.push(performance.now() - began);
  }
  window.scripMeasured = [blank, slow, worst, ...jumps].map(Math.round);
})().catch((error) => { window.scripMeasured = [String(error)]; });
return true;
"#;

/// From the instant at which a key reaches the window to the frame after its effect.
const HEAR_KEYS: &str = r#"
window.scripKeys = [];
window.addEventListener('keydown', ({ timeStamp }) => {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.scripKeys.push(Math.round(performance.now() - timeStamp));
  }));
}, true);
return true;
"#;

/// Everything measured of one thing, in whole milliseconds.
#[derive(Default)]
struct Times(Vec<u64>);

impl Times {
    fn add(&mut self, millis: &Value) {
        self.0.push(millis.as_u64().unwrap_or_else(|| panic!("{millis} is no time")));
    }

    fn tell(&mut self, what: &str) {
        self.0.sort_unstable();
        let at =
            |share: usize| self.0.get(self.0.len().saturating_sub(1) * share / 100).unwrap_or(&0);
        println!("| {what} | {} ms | {} ms | {} ms | {} |", at(50), at(95), at(100), self.0.len());
    }
}

fn measured(desktop: &Desktop, what: &str) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = desktop.driver.run("return window.scripMeasured ?? null", &[]);
        if let Ok(Value::Array(values)) = found {
            return values;
        }
        assert!(began.elapsed() < MEASURED_MAX, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn go(desktop: &Desktop, title: &str) -> Vec<Value> {
    desktop.driver.run(GO, &[json!(title)]).unwrap();
    measured(desktop, title)
}

fn titles(desktop: &Desktop) -> Vec<String> {
    let script = "return [...document.querySelectorAll('nav[aria-label=\"Screens\"] a')]\
                  .map((link) => link.textContent.trim())";
    let found = desktop.until("the sidebar", script, &[]);
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Starts the program and waits for its first screen; tells how long the frame and the screen took.
fn start(books: &str, times: &mut BTreeMap<String, Times>) -> Desktop {
    let began = Instant::now();
    let desktop = Desktop::start(&[books]);
    desktop.until("the frame", "return document.querySelector('nav a') !== null", &[]);
    let frame = began.elapsed();
    go(&desktop, "Overview");
    let usable = began.elapsed();
    for (what, time) in [("start to frame", frame), ("start to Overview", usable)] {
        times
            .entry(what.to_owned())
            .or_default()
            .add(&json!(u64::try_from(time.as_millis()).unwrap()));
    }
    desktop
}

#[test]
#[ignore = "make bench-window runs it, on large books"]
fn the_window_is_measured_on_large_books() {
    let books = std::env::var("SCRIP_LARGE").expect("SCRIP_LARGE names the workspace");
    let mut times: BTreeMap<String, Times> = BTreeMap::new();
    let mut order = vec!["start to frame".to_owned(), "start to Overview".to_owned()];
    let mut memory = Vec::new();
    for number in 0..STARTS {
        let desktop = start(&books, &mut times);
        let titles = titles(&desktop);
        desktop.sees("books tie: yes");
        for round in 0..ROUNDS {
            for title in &titles {
                let visit = if round == 0 { "first" } else { "again" };
                let what = format!("{title}, {visit}");
                if number == 0 && round < 2 && !order.contains(&what) {
                    order.push(what.clone());
                }
                let found = go(&desktop, title);
                times.entry(what).or_default().add(&found[1]);
            }
        }
        memory.push(("after every screen", desktop.memory_mib()));
        if number + 1 == STARTS {
            scroll(&desktop, &mut times, &mut order);
            keys(&desktop, &mut times, &mut order);
            memory.push(("after scrolling and typing", desktop.memory_mib()));
        }
    }
    println!("| what | median | 95 of 100 | worst | times |\n|---|---|---|---|---|");
    for what in &order {
        times.entry(what.clone()).or_default().tell(what);
    }
    for (when, (resident, own)) in memory {
        println!("memory {when}: {resident} MiB resident, {own} MiB without what is shared twice");
    }
}

/// Scrolls the ledger.
fn scroll(desktop: &Desktop, times: &mut BTreeMap<String, Times>, order: &mut Vec<String>) {
    go(desktop, "Ledger");
    for (name, step) in [("wheel", 84), ("fast wheel", 300)] {
        desktop.driver.run(SCROLL, &[json!(300), json!(step)]).unwrap();
        let found = measured(desktop, "the scrolling");
        println!(
            "ledger, {name}: 300 frames of {step} px, {} blank, {} later than 34 ms, the worst {} ms",
            found[0], found[1], found[2]
        );
        let jumps = format!("ledger, to a far place and filled ({name})");
        order.push(jumps.clone());
        for millis in &found[3..] {
            times.entry(jumps.clone()).or_default().add(millis);
        }
    }
}

/// Types into a rate card, which must have one version.
fn keys(desktop: &Desktop, times: &mut BTreeMap<String, Times>, order: &mut Vec<String>) {
    go(desktop, "Rate cards");
    desktop.click("button", "New version of models");
    desktop.by_role("heading", "models version 2");
    desktop.sees("Nothing is wrong");
    desktop.click("table", "Rates of models version 2");
    desktop.press(&["Home"]);
    let place = "return [...document.querySelectorAll('[role=columnheader]')]\
                 .findIndex((one) => one.textContent.startsWith('Price'))";
    for _ in 1..desktop.until("the column of prices", place, &[]).as_u64().unwrap() {
        desktop.press(&["Right"]);
    }
    desktop.driver.run(HEAR_KEYS, &[]).unwrap();
    let take = "const kept = window.scripKeys; window.scripKeys = []; return kept";
    for (what, keys) in [
        ("key to frame, moving", ["Down"].as_slice()),
        ("key to frame, typing", &["7", "5", "Enter"]),
    ] {
        for key in keys.iter().cycle().take(KEYS) {
            desktop.press(&[key]);
            desktop.painted();
        }
        order.push(what.to_owned());
        let found = desktop.driver.run(take, &[]).unwrap();
        for millis in found.as_array().into_iter().flatten() {
            times.entry(what.to_owned()).or_default().add(millis);
        }
    }
    desktop.sees("Nothing is wrong");
    desktop.click("button", "Discard…");
    desktop.click("button", "Discard the draft");
    desktop.sees("1 version");
}
