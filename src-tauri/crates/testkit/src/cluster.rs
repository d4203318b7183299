//! A PostgreSQL server of a test's own: in a throw-away directory, on a free port of this machine,
//! gone when it is dropped. PostgreSQL refuses to run as root, so for root it runs as another user.

use std::ffi::OsString;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How often a server is started on another port when the first is taken meanwhile.
const ATTEMPTS: u32 = 5;
/// How long a slow machine may need to start a server.
const START: Duration = Duration::from_secs(120);
/// Runs the server until it ends, or until the program that started it is gone and closes the pipe.
const KEEPER: &str = "exec 3<&0; \"$@\" </dev/null 3<&- & server=$!; \
    { read -r _ <&3; kill -QUIT \"$server\" 2>/dev/null; } & exec 3<&-; wait \"$server\"";

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    user: Option<(u32, u32)>,
    server: Option<Child>,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts a server in a new directory.
    ///
    /// # Errors
    /// A sentence that says what is missing or what the server said.
    pub fn start() -> Result<Self, String> {
        let programs = programs()?;
        let user = other_user()?;
        let folder = new_folder()?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))
            .map_err(|e| e.to_string())?;
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).map_err(|e| e.to_string())?;
        }
        let databases = AtomicU32::new(0);
        let mut cluster = Self { programs, folder, port: 0, user, server: None, databases };
        let data = cluster.data();
        let made = cluster
            .program("initdb")
            .args([
                "--auth=trust",
                "--username=scrip",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .arg("-D")
            .arg(&data)
            .output()
            .map_err(|e| format!("initdb cannot be run: {e}"))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        for _ in 0..ATTEMPTS {
            cluster.port = free_port()?;
            if cluster.launch()? {
                return Ok(cluster);
            }
        }
        Err(format!("the server does not start: {}", cluster.log()))
    }

    /// The address of a database: `postgres://scrip@127.0.0.1:54321/name`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://scrip@127.0.0.1:{}/{database}", self.port)
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database that nobody else uses and gives its address.
    ///
    /// # Errors
    /// What the server said.
    pub fn database(&self) -> Result<String, String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// As [`Cluster::database`], as a copy of another database, to which nobody may be connected.
    ///
    /// # Errors
    /// What the server said.
    pub fn copy_of(&self, database: &str) -> Result<String, String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {database}"))?;
        Ok(self.url(&name))
    }

    /// Runs statements by psql as the owner and gives what it printed, unaligned and without headers.
    ///
    /// # Errors
    /// What the server said.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        self.sql_at(&self.url(database), sql)
    }

    /// As [`Cluster::sql`], as the role of an address.
    ///
    /// # Errors
    /// What the server said.
    pub fn sql_at(&self, url: &str, sql: &str) -> Result<String, String> {
        let run = self
            .program("psql")
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
            .output()
            .map_err(|e| format!("psql cannot be run: {e}"))?;
        if run.status.success() {
            Ok(String::from_utf8_lossy(&run.stdout).trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&run.stderr).into_owned())
        }
    }

    /// Lets a new person in with a password alone (SCRAM), as the roles of a company's server do; whoever
    /// else comes is let in as before. Gives the address of a database for them, without the password.
    ///
    /// # Errors
    /// What the server said.
    pub fn person(&self, name: &str, password: &str, url: &str) -> Result<String, String> {
        self.sql_at(url, &format!("CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{password}'"))?;
        let rules = std::fs::read_to_string(self.data().join("pg_hba.conf"));
        let rules = rules.map_err(|e| e.to_string())?;
        std::fs::write(
            self.data().join("pg_hba.conf"),
            format!("host all {name} all scram-sha-256\n{rules}"),
        )
        .map_err(|e| e.to_string())?;
        self.sql_at(url, "SELECT pg_reload_conf()")?;
        Ok(url.replace("scrip@", &format!("{name}@")))
    }

    /// Gives the server a certificate for `localhost` and the file of the authority that signed it. Encrypted
    /// connections are possible from then on.
    ///
    /// # Errors
    /// What openssl or the server said.
    pub fn certify(&self) -> Result<PathBuf, String> {
        let openssl = |arguments: &str| {
            let run = self.program_of_system("openssl").args(arguments.split(' ')).output();
            let run = run.map_err(|e| format!("openssl cannot be run: {e}"))?;
            match run.status.success() {
                true => Ok(()),
                false => Err(String::from_utf8_lossy(&run.stderr).into_owned()),
            }
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(&format!(
            "req -x509 {key} -days 2 -subj /CN=Example -keyout authority.key -out authority.pem"
        ))?;
        openssl(&format!("req {key} -subj /CN=localhost -keyout server.key -out server.csr"))?;
        let names = self.folder.join("names");
        std::fs::write(&names, "subjectAltName=DNS:localhost").map_err(|e| e.to_string())?;
        openssl(
            "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial \
             -days 2 -extfile names -out server.pem",
        )?;
        for (name, value) in [("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key")] {
            let file = self.folder.join(value);
            let set = format!("ALTER SYSTEM SET {name} = '{}'", file.display());
            self.sql("postgres", &set)?;
        }
        self.sql("postgres", "ALTER SYSTEM SET ssl = on")?;
        self.sql("postgres", "SELECT pg_reload_conf()")?;
        Ok(self.folder.join("authority.pem"))
    }

    /// What pg_dump makes of the database of an address.
    ///
    /// # Errors
    /// What pg_dump said.
    pub fn dump(&self, url: &str) -> Result<Vec<u8>, String> {
        let run = self.program("pg_dump").args(["--no-owner", url]).output();
        let run = run.map_err(|e| format!("pg_dump cannot be run: {e}"))?;
        match run.status.success() {
            true => Ok(run.stdout),
            false => Err(String::from_utf8_lossy(&run.stderr).into_owned()),
        }
    }

    /// Loads a dump into an empty database.
    ///
    /// # Errors
    /// What psql said.
    pub fn restore(&self, database: &str, dump: &[u8]) -> Result<(), String> {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", &self.url(database)]);
        psql.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut psql = psql.spawn().map_err(|e| format!("psql cannot be run: {e}"))?;
        // A refusal is told by the exit code; then the pipe may break as well.
        let written = psql.stdin.take().map(|mut input| input.write_all(dump));
        let run = psql.wait_with_output().map_err(|e| e.to_string())?;
        match (run.status.success(), written) {
            (true, Some(Ok(()))) => Ok(()),
            _ => Err(String::from_utf8_lossy(&run.stderr).into_owned()),
        }
    }

    /// Kills the server as a power cut would.
    pub fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // The first line names the postmaster; its children see that it is gone and end.
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let postmaster = file.lines().next().unwrap_or_default().trim().to_owned();
        let _ = self.program_of_system("kill").args(["-KILL", &postmaster]).status();
        let _ = server.wait();
    }

    /// Starts a server that was killed, on the same port and data.
    ///
    /// # Errors
    /// What the server said.
    pub fn restart(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            // Orphans of a killed server may hold its memory and port for a moment.
            if self.launch()? {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Err(format!("the server does not start again: {}", self.log()))
    }

    fn launch(&mut self) -> Result<bool, String> {
        let log = std::fs::File::create(self.folder.join("log")).map_err(|e| e.to_string())?;
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        let mut server = self
            .program_of_system("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(self.programs.join("postgres"))
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(&self.folder)
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1"])
            .args(["-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB"])
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("postgres cannot be run: {e}"))?;
        let deadline = Instant::now() + START;
        loop {
            if server.try_wait().map_err(|e| e.to_string())?.is_some() {
                return Ok(false);
            }
            let ready = self
                .program("pg_isready")
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "scrip"])
                .status()
                .map_err(|e| format!("pg_isready cannot be run: {e}"))?;
            if ready.success() {
                self.server = Some(server);
                return Ok(true);
            }
            if Instant::now() > deadline {
                let _ = server.kill();
                let _ = server.wait();
                return Err(format!("the server does not get ready: {}", self.log()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn program(&self, name: &str) -> Command {
        self.command(Command::new(self.programs.join(name)))
    }

    fn program_of_system(&self, name: &str) -> Command {
        self.command(Command::new(name))
    }

    fn command(&self, mut command: Command) -> Command {
        command.current_dir(&self.folder).env("PGUSER", "scrip");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let stopped = self
                .program("pg_ctl")
                .args(["stop", "-m", "immediate", "-D"])
                .arg(self.data())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if !stopped.is_ok_and(|status| status.success()) {
                let _ = server.kill();
            }
            let _ = server.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where the server's programs are: on the path, or where Debian puts those of the newest version.
fn programs() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version: OsString = entry.file_name();
            Some((version.to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    debian.sort();
    places.extend(debian.into_iter().rev().map(|(_, place)| place));
    let all = ["initdb", "postgres", "pg_isready", "pg_ctl", "psql"];
    let has = |place: &PathBuf| all.iter().all(|name| place.join(name).is_file());
    places.into_iter().find(has).ok_or_else(|| {
        "PostgreSQL is not installed: its initdb and postgres are neither on the path nor under \
         /usr/lib/postgresql. `make setup` installs it"
            .to_owned()
    })
}

/// For root, the user and group that the server runs as.
fn other_user() -> Result<Option<(u32, u32)>, String> {
    use std::os::unix::fs::MetadataExt;
    let me = std::fs::metadata("/proc/self").map_err(|e| e.to_string())?.uid();
    if me != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).map_err(|e| e.to_string())?;
    let found = ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    found.map(Some).ok_or_else(|| "there is neither a user postgres nor nobody".to_owned())
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|e| e.to_string())
}

/// A new directory, whatever earlier runs have left behind.
fn new_folder() -> Result<PathBuf, String> {
    for number in 0_u32..1000 {
        let name = format!("scrip-postgres-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", folder.display())),
        }
    }
    Err("every name for a directory is taken".to_owned())
}
