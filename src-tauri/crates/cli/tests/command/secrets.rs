//! Passwords of a production ledger: where they come from, and that they are nowhere else.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use scrip_testkit::cluster::Cluster;

use crate::books::{Books, GRANTS, PRICING, Ran, finish, scrip};

/// The password, and what it looks like in an address.
const PASSWORD: &str = "Tr@uth/9";
const IN_ADDRESS: &str = "Tr%40uth%2F9";

/// A ledger on a server, with its address for a person who needs the password.
fn guarded(server: &Cluster) -> (Books, String) {
    let books = Books::served(server, PRICING);
    books.operate(GRANTS).ok();
    let url = server.person("desk", PASSWORD, books.url.as_deref().unwrap()).unwrap();
    (books, url)
}

/// A command in a folder, as a person with no keychain and no terminal runs it.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = scrip();
    command.current_dir(folder).args(["-w", "books"]).args(arguments);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").env("HOME", folder);
    for name in ["PGPASSWORD", "PGPASSFILE", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    finish(command(folder, arguments))
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

/// The password is in no file of a folder, as it is or as addresses write it.
#[track_caller]
fn is_in_no_file(folder: &Path) {
    for secret in [PASSWORD, IN_ADDRESS] {
        for (file, bytes) in files(folder) {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{file} holds {secret}");
        }
    }
}

#[test]
fn a_password_is_in_no_output_and_no_file_whatever_fails() {
    let server = Cluster::start().unwrap();
    let (books, url) = guarded(&server);
    let authority = server.certify().unwrap();
    let authority = authority.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |from: &str, to: &str| {
        url.replace("desk@", &format!("desk:{IN_ADDRESS}@")).replace(from, to)
    };
    let good = at("", "");
    let port = format!(":{}/", server.port());
    let name = url.rsplit('/').next().unwrap().to_owned();
    server.sql("postgres", "CREATE DATABASE empty").unwrap();
    let tls = "--database-without-tls";
    let ways: Vec<(String, Vec<&str>, i32, &str)> = vec![
        (at(&port, ":1/"), vec![tls], 7, "cannot be reached"),
        (at("127.0.0.1", "nowhere.invalid"), vec![], 7, "cannot be reached"),
        (at("127.0.0.1", "ledger.example.com"), vec![tls], 7, "machine alone"),
        (at("desk:", "nobody:"), vec![tls], 7, "does not let this name in"),
        (at(IN_ADDRESS, &format!("wrong{IN_ADDRESS}")), vec![tls], 7, "password authentication"),
        (at("", ""), vec![], 7, "is not trusted"),
        (at("127.0.0.1", "localhost"), vec![], 7, "is not trusted"),
        (at("", ""), vec!["--database-authority", authority], 7, "is not trusted"),
        (at("", ""), vec!["--database-authority", "nowhere.pem"], 7, "cannot be read"),
        (at(&name, "empty"), vec![tls], 7, "is not a Scrip ledger"),
        (at(&name, "missing"), vec![tls], 5, "there is no ledger"),
        (good.replace("%2F", "/"), vec![tls], 7, "an address"),
        (good.replace("%40", "@"), vec![tls], 0, ""),
    ];
    for (url, more, code, says) in &ways {
        for verb in ["pull", "reconcile", "status"] {
            let mut arguments = vec![verb, "--database", url.as_str()];
            arguments.extend(more);
            let ran = run(folder.path(), &arguments);
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            if verb == "pull" {
                assert_eq!(ran.code, *code, "{arguments:?}: {shown}");
                assert!(shown.contains(says), "{arguments:?}: {shown}");
            }
            for secret in [PASSWORD, IN_ADDRESS, "uth/9", "uth%2F9"] {
                assert!(!shown.contains(secret), "{arguments:?}: {shown}");
            }
        }
    }
    run(folder.path(), &["disconnect"]).ok();
    std::fs::remove_dir_all(folder.path().join("books")).unwrap();
    // Trusted, and let in: the certificate names the host, and its authority is named.
    let good = good.replace("127.0.0.1", "localhost");
    run(folder.path(), &["pull", "--database", &good, "--database-authority", authority]).ok();
    is_in_no_file(folder.path());
    is_in_no_file(books.root());
}

#[test]
fn a_password_of_the_environment_wins_and_nobody_is_asked_without_a_terminal() {
    let server = Cluster::start().unwrap();
    let (_books, url) = guarded(&server);
    let folder = tempfile::tempdir().unwrap();
    let pull = ["pull", "--database", url.as_str(), "--database-without-tls"];
    run(folder.path(), &pull).fails(7, &["does not let this name in", "PGPASSWORD", "--remember"]);
    let mut given = command(folder.path(), &pull);
    given.env("PGPASSWORD", PASSWORD);
    finish(given).ok();
    let file = folder.path().join("passwords");
    std::fs::write(&file, format!("*:*:*:desk:{PASSWORD}\n")).unwrap();
    let mut from_file = command(folder.path(), &["pull"]);
    from_file.env("PGPASSFILE", &file);
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    finish(from_file).says(&["Nothing new"]);
    std::fs::remove_file(&file).unwrap();

    // Without a keychain there is nowhere to keep it, which is said and no harm.
    let mut kept = command(folder.path(), &["pull", "--remember"]);
    kept.env("PGPASSWORD", PASSWORD);
    finish(kept).fails(7, &["keychain", "asked for each time"]);
    run(folder.path(), &["disconnect"]).says(&["what was pulled stays"]);
    run(folder.path(), &["pull"]).fails(2, &["--database URL"]);
    is_in_no_file(folder.path());
}

#[test]
fn a_password_is_asked_for_on_a_terminal_and_not_shown() {
    let server = Cluster::start().unwrap();
    let (_books, url) = guarded(&server);
    let folder = tempfile::tempdir().unwrap();
    let typed = |words: &str| {
        let scrip = env!("CARGO_BIN_EXE_scrip");
        let line = format!("{scrip} -w books pull --database {url} --database-without-tls --quiet");
        let mut terminal = Command::new("script");
        terminal.args(["-qec", &line, "/dev/null"]).current_dir(folder.path());
        terminal.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").env("HOME", folder.path());
        terminal.env_remove("PGPASSWORD").env_remove("XDG_RUNTIME_DIR");
        terminal.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = terminal.spawn().expect("script is there with util-linux");
        let mut input = running.stdin.take().unwrap();
        writeln!(input, "{words}").unwrap();
        let done = running.wait_with_output().unwrap();
        drop(input);
        (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let (code, shown) = typed("not that one");
    assert_eq!(code, Some(7), "{shown}");
    assert!(shown.contains("Password of desk at 127.0.0.1"), "{shown}");
    assert!(shown.contains("does not let this name in"), "{shown}");
    let (code, shown) = typed(PASSWORD);
    assert_eq!(code, Some(0), "{shown}");
    is_in_no_file(folder.path());
}

/// A desktop's message bus with a keychain that is unlocked.
struct Keychain {
    bus: Child,
    address: String,
    keeper: Child,
    home: tempfile::TempDir,
}

impl Keychain {
    /// Starts one, where one is installed.
    fn start() -> Option<Self> {
        use std::io::{BufRead, BufReader};
        let home = tempfile::tempdir().unwrap();
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut address = String::new();
        BufReader::new(bus.stdout.take()?).read_line(&mut address).ok()?;
        let address = address.trim().to_owned();
        let keeper = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("XDG_DATA_HOME", home.path().join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut keeper) = keeper else {
            // Only a machine that is set up for the tests must have one.
            let _ = bus.kill().and_then(|()| bus.wait());
            println!("skipped: there is no gnome-keyring-daemon");
            return None;
        };
        keeper.stdin.take()?.write_all(b"unlocked").ok()?;
        // It tells where it is when it is ready.
        let mut line = String::new();
        BufReader::new(keeper.stdout.take()?).read_line(&mut line).ok()?;
        Some(Self { bus, address, keeper, home })
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = command(folder, arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.env("XDG_RUNTIME_DIR", self.home.path());
        command
    }

    fn run(&self, folder: &Path, arguments: &[&str]) -> Ran {
        finish(self.command(folder, arguments))
    }
}

impl Drop for Keychain {
    fn drop(&mut self) {
        for child in [&mut self.keeper, &mut self.bus] {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_password_is_kept_in_the_keychain_for_whoever_asks_for_it() {
    let Some(keychain) = Keychain::start() else { return };
    let server = Cluster::start().unwrap();
    let (books, url) = guarded(&server);
    let folder = tempfile::tempdir().unwrap();
    let pull = ["pull", "--database", url.as_str(), "--database-without-tls"];
    keychain.run(folder.path(), &pull).fails(7, &["does not let this name in"]);
    let mut remember = keychain.command(folder.path(), &[&pull[..], &["--remember"]].concat());
    remember.env("PGPASSWORD", PASSWORD);
    finish(remember).says(&["The password is in the keychain"]);
    is_in_no_file(folder.path());

    // From now on nobody is asked, in that copy.
    keychain.run(folder.path(), &["pull"]).says(&["Nothing new"]);
    keychain.run(folder.path(), &["reconcile"]).says(&["They are the same."]);
    let mut wrong = keychain.command(folder.path(), &["pull"]);
    wrong.env("PGPASSWORD", "another");
    finish(wrong).fails(7, &["does not let this name in"]);
    // A keychain that cannot be used is told with what the server wants, and only then.
    let without = ["does not let this name in", "keychain of this system, which cannot be used: "];
    run(folder.path(), &["pull"]).fails(7, &without);
    run(folder.path(), &["reconcile"]).fails(7, &without);
    let open = books.url.as_deref().unwrap();
    let file = folder.path().join("books/production.json");
    let of_desk = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, of_desk.replace(&url, open)).unwrap();
    let silent = run(folder.path(), &["pull"]);
    assert!(!silent.stderr.contains("keychain"), "{}", silent.stderr);
    silent.says(&["Nothing new"]);
    std::fs::write(&file, of_desk).unwrap();

    keychain.run(folder.path(), &["disconnect", "--password"]).says(&["no longer in the keychain"]);
    keychain.run(folder.path(), &["pull"]).fails(7, &["does not let this name in"]);
    let mut again = keychain.command(folder.path(), &["pull", "--remember"]);
    again.env("PGPASSWORD", PASSWORD);
    finish(again).ok();
    // Where the copy is led to another address, the password of the old one goes.
    let of_desk = std::fs::read_to_string(&file).unwrap();
    assert!(of_desk.contains("\"keychain\": true"), "{of_desk}");
    let elsewhere = ["pull", "--database", open, "--database-without-tls"];
    keychain.run(folder.path(), &elsewhere).says(&["Nothing new"]);
    std::fs::write(&file, of_desk).unwrap();
    keychain.run(folder.path(), &["pull"]).fails(7, &["does not let this name in"]);
    keychain.run(folder.path(), &["disconnect"]).ok();
    let kept = Command::new("secret-tool")
        .args(["search", "--all", "service", "Scrip"])
        .env("DBUS_SESSION_BUS_ADDRESS", &keychain.address)
        .output();
    if let Ok(kept) = kept {
        let text = format!("{kept:?}");
        assert!(!text.contains(PASSWORD), "{text}");
    }
    is_in_no_file(books.root());
    is_in_no_file(keychain.home.path());
}
