//! A desktop for one journey: a display, a message bus, a driver, the program, folders of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::driver::{Driver, is_ready};
use crate::page::code;

/// A program that has not started by then will not.
const START_MAX: Duration = Duration::from_secs(60);

/// The size of the display and of the window: the smallest that every screen is made for.
const SIZE: &str = "1280x800";

/// The program: the one that was built with this test, or the one that `SCRIP_DESKTOP` names.
fn program() -> PathBuf {
    let built = || PathBuf::from(env!("CARGO_BIN_EXE_scrip-desktop"));
    std::env::var_os("SCRIP_DESKTOP").map_or_else(built, PathBuf::from)
}

/// A process that ends with its owner, by its own id.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The desktop. The order of its members is the order in which they end.
pub(crate) struct Desktop {
    pub(crate) driver: Driver,
    webdriver: Running,
    _keychain: Option<Running>,
    _bus: Running,
    _display: Running,
    display_name: String,
    bus_address: String,
    /// Where the program keeps its settings.
    home: Arc<tempfile::TempDir>,
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.driver.end();
    }
}

impl Desktop {
    /// Starts the program with these arguments.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder for the settings");
        Self::start_in(Arc::new(home), arguments)
    }

    /// Starts the program for a person who has used it before: with the settings of another desktop.
    pub(crate) fn start_in(home: Arc<tempfile::TempDir>, arguments: &[&str]) -> Self {
        let (bus, bus_address) = start_bus(home.path());
        Self::start_on(home, (bus, bus_address, None), arguments)
    }

    /// As [`Desktop::start_in`], where the desktop has a keychain, which is unlocked.
    pub(crate) fn start_with_keychain(home: Arc<tempfile::TempDir>, arguments: &[&str]) -> Self {
        let (bus, bus_address) = start_bus(home.path());
        let keychain = start_keychain(home.path(), &bus_address);
        Self::start_on(home, (bus, bus_address, Some(keychain)), arguments)
    }

    fn start_on(
        home: Arc<tempfile::TempDir>,
        (bus, bus_address, keychain): (Running, String, Option<Running>),
        arguments: &[&str],
    ) -> Self {
        let (display, display_name) = start_display();
        let port = free_port();
        let webdriver = Command::new("WebKitWebDriver")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .env("DISPLAY", &display_name)
            .env("DBUS_SESSION_BUS_ADDRESS", &bus_address)
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("GDK_BACKEND", "x11")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .env("LANG", "C.UTF-8")
            .env("USER", "tester")
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("XDG_DATA_HOME", home.path().join("data"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("WebKitWebDriver is installed: make setup");
        let webdriver = Running(webdriver);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        wait("WebKitWebDriver to answer", || is_ready(address));
        let program = program();
        let arguments: Vec<String> = arguments.iter().map(|&a| a.to_owned()).collect();
        let driver = Driver::start(address, &program, &arguments)
            .unwrap_or_else(|error| panic!("the window does not open: {error}"));
        Self {
            driver,
            webdriver,
            _keychain: keychain,
            _bus: bus,
            _display: display,
            display_name,
            bus_address,
            home,
        }
    }

    /// Starts the program once more on the same desktop, as a click in the file manager would, and waits
    /// for its end.
    pub(crate) fn start_again(&self, arguments: &[&str]) {
        let ended = Command::new("timeout")
            .arg("60")
            .arg(program())
            .args(arguments)
            .env("DISPLAY", &self.display_name)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("GDK_BACKEND", "x11")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("XDG_DATA_HOME", self.home.path().join("data"))
            .env("XDG_CACHE_HOME", self.home.path().join("cache"))
            .status();
        assert!(ended.is_ok_and(|status| status.success()), "the second start does not end well");
    }

    /// Takes the window off the display, as when it is minimised: there is no window manager to ask.
    pub(crate) fn hide_window(&self) {
        let xdotool = |arguments: &[&str]| {
            let mut command = Command::new("xdotool");
            let command = command.args(arguments).env("DISPLAY", &self.display_name);
            let done = command.output().expect("xdotool is installed: make setup");
            assert!(done.status.success(), "xdotool {arguments:?}: {done:?}");
            String::from_utf8_lossy(&done.stdout).trim().to_owned()
        };
        let window = xdotool(&["getwindowfocus"]);
        xdotool(&["windowunmap", "--sync", &window]);
    }

    /// Listens for what the program tells through the desktop from now on.
    pub(crate) fn notices(&self) -> Notices {
        let mut monitor = Command::new("dbus-monitor")
            .args(["--address", &self.bus_address, "member=Notify"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-monitor is there with dbus-daemon: make setup");
        let output = monitor.stdout.take().expect("its output is piped");
        let heard = Arc::new(Mutex::new(String::new()));
        let hear = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                hear.lock().expect("nobody panics with it").push_str(&line);
            }
        });
        let notices = Notices { _monitor: Running(monitor), heard };
        // It is told the name that it got before it hears anything else.
        notices.hears("NameAcquired");
        notices
    }

    /// Where the program keeps its settings, for a desktop after this one.
    pub(crate) fn home(&self) -> Arc<tempfile::TempDir> {
        Arc::clone(&self.home)
    }

    /// Leaves the program with the key for it, and waits until its process has ended by itself.
    pub(crate) fn quit(&self) {
        let program = program().canonicalize().expect("the program was built");
        let is_it = |pid: &String| {
            std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|one| one == program)
        };
        let runs = || self.processes().iter().any(is_it);
        assert!(runs(), "the program has ended before it was left");
        // It may end before the driver has let go of the keys, which the driver then calls an error.
        let _ = self.driver.press(&[code("Ctrl"), code("q")]);
        wait("the program to end", || !runs());
    }

    /// How many folders with a workspace the program made for itself.
    pub(crate) fn workspaces_made(&self) -> usize {
        let data = self.home.path().join("data/desk.scrip.app");
        let folders = std::fs::read_dir(data).into_iter().flatten().flatten();
        folders.filter(|folder| folder.path().join("ledger.sqlite").exists()).count()
    }

    /// Memory of the program and of the processes that it started, in MiB: what is resident in each, added
    /// up, and the same with what they share counted once.
    pub(crate) fn memory_mib(&self) -> (u64, u64) {
        let kib_of = |pid: &str, file: &str, name: &str| {
            let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
        };
        self.processes().iter().fold((0, 0), |(resident, shared_once), pid| {
            let kib = kib_of(pid, "status", "VmRSS:").unwrap_or_default();
            let shared = kib_of(pid, "smaps_rollup", "Pss:").unwrap_or_default();
            (resident + kib / 1024, shared_once + shared / 1024)
        })
    }

    /// The program and the processes that it started, by their numbers.
    fn processes(&self) -> Vec<String> {
        let mut asked = vec![self.webdriver.0.id().to_string()];
        let mut found = Vec::new();
        while let Some(pid) = asked.pop() {
            // Each thread has the processes that it started.
            let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
            for thread in threads.flatten() {
                let children = std::fs::read_to_string(thread.path().join("children"));
                let children = children.unwrap_or_default();
                asked.extend(children.split_whitespace().map(str::to_owned));
                found.extend(children.split_whitespace().map(str::to_owned));
            }
        }
        found
    }

    /// Takes a picture of the whole display and returns where it is.
    pub(crate) fn picture(&self, name: &str) -> PathBuf {
        let folder = pictures();
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let path = folder.join(format!("{name}.png"));
        let taken = Command::new("timeout")
            .args(["20", "import", "-display", &self.display_name, "-window", "root"])
            .arg(&path)
            .status();
        assert!(
            taken.is_ok_and(|status| status.success()),
            "ImageMagick's import takes no picture of {}",
            self.display_name
        );
        path
    }
}

/// What the program tells through the desktop.
pub(crate) struct Notices {
    _monitor: Running,
    heard: Arc<Mutex<String>>,
}

impl Notices {
    /// Waits until words were told.
    pub(crate) fn hears(&self, words: &str) {
        wait(words, || self.heard.lock().is_ok_and(|heard| heard.contains(words)));
    }
}

/// Where pictures are kept.
fn pictures() -> PathBuf {
    std::env::var_os("SCRIP_PICTURES")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("../window"), PathBuf::from)
}

/// Starts a display, which chooses a free number and tells it when it is ready.
fn start_display() -> (Running, String) {
    let size = format!("{SIZE}x24");
    let arguments = ["-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp"];
    let (display, number) = start_and_hear("Xvfb", &arguments);
    (display, format!(":{number}"))
}

/// A bus that starts no program by itself: what a journey meets does not depend on what is installed.
const BUS: &str = r#"<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#;

/// Starts a message bus and learns its address.
fn start_bus(home: &Path) -> (Running, String) {
    let file = home.join("bus.conf");
    std::fs::write(&file, BUS).expect("a file for the bus");
    let file = format!("--config-file={}", file.display());
    start_and_hear("dbus-daemon", &[&file, "--nofork", "--print-address=1"])
}

/// Starts a keychain on a bus, and waits until it can be asked.
fn start_keychain(home: &Path, bus_address: &str) -> Running {
    let mut keychain = Command::new("gnome-keyring-daemon")
        .args(["--foreground", "--unlock", "--components=secrets"])
        .env("DBUS_SESSION_BUS_ADDRESS", bus_address)
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("gnome-keyring-daemon is installed: make setup");
    let mut input = keychain.stdin.take().expect("its input is piped");
    input.write_all(b"unlocked").expect("it takes a password");
    drop(input);
    let mut line = String::new();
    let output = keychain.stdout.take().expect("its output is piped");
    // It tells where it is when it is ready.
    BufReader::new(output).read_line(&mut line).expect("its output can be read");
    Running(keychain)
}

/// Starts a program and waits for the first line that it writes.
fn start_and_hear(program: &str, arguments: &[&str]) -> (Running, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} does not start ({error}): make setup"));
    let output = child.stdout.take().expect("its output is piped");
    let mut line = String::new();
    // A program that ends without a word gives an empty line.
    BufReader::new(output).read_line(&mut line).expect("its output can be read");
    assert!(!line.trim().is_empty(), "{program} ended before it was ready");
    (Running(child), line.trim().to_owned())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Waits until something is so.
pub(crate) fn wait(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < START_MAX, "waited {START_MAX:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
