//! A full disk: the command says so, and what was there before is still there.
//!
//! The disk is a small file system in memory, which only root may mount; without that the test
//! says so and passes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::books::{Books, GRANTS, MAPPING, PRICING};

/// A mounted file system of a few megabytes, unmounted at the end.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    pub(crate) fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", size, "scrip-test"]).arg(at);
        let status = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        if status.is_ok_and(|status| status.success()) {
            return Some(Self(at.to_owned()));
        }
        println!("skipped: a small file system cannot be mounted here (needs root)");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Fills what is left but for some kilobytes.
pub(crate) fn fill(folder: &Path, leave_kib: usize) {
    let path = folder.join("filler");
    let chunk = vec![0; 4096];
    let mut file = std::fs::File::create(&path).unwrap();
    let mut written = 0_u64;
    while std::io::Write::write_all(&mut file, &chunk).is_ok() {
        written += 4096;
    }
    file.set_len(written.saturating_sub(leave_kib as u64 * 1024)).unwrap();
}

fn small(books: &Books) -> Option<SmallDisk> {
    let disk = SmallDisk::mount(&books.path("books"), "size=3m")?;
    books.write("pricing.toml", PRICING);
    books.run(&["init", "--config", "pricing.toml"]).ok();
    books.write("grants.jsonl", GRANTS);
    books.run(&["operate", "grants.jsonl"]).ok();
    Some(disk)
}

#[test]
fn operations_on_a_full_disk_are_undone() {
    let books = Books::folder();
    let Some(_disk) = small(&books) else { return };
    let before = books.state();
    let line = |n: u32| {
        format!(
            "{{\"op\":\"grant_credits\",\"id\":\"more-{n}\",\"at\":\"2026-01-05T00:00:00Z\",\"actor\":\"ana\",\"customer\":\"acme\",\"wallet\":\"promo\",\"units\":\"1\",\"kind\":\"promotional\",\"reason\":\"{}\"}}\n",
            "x".repeat(500)
        )
    };
    let lines: String = (0..400).map(line).collect();
    for leave in [0, 32, 128] {
        fill(&books.path("books"), leave);
        let ran = books.operate(&lines);
        assert_eq!(ran.code, 7, "{leave}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("room") || ran.stderr.contains("space"), "{}", ran.stderr);
        std::fs::remove_file(books.path("books/filler")).unwrap();
        assert_eq!(books.state(), before);
        books.sound();
    }
    books.operate(&lines.lines().take(50).map(|l| l.to_owned() + "\n").collect::<String>()).ok();
    books.sound();
}

#[test]
fn an_import_on_a_full_disk_leaves_nothing_behind() {
    let books = Books::folder();
    let Some(_disk) = small(&books) else { return };
    let before = books.state();
    let mut csv = "request,customer,at,model,input,output\n".to_owned();
    for row in 0..20_000_u64 {
        let input = row.wrapping_mul(2_654_435_761) % 1_000_003;
        csv.push_str(&format!(
            "k{:x},acme,2026-01-10T09:00:00Z,small,{input},{row}\n",
            row.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ));
    }
    books.write("usage.csv", csv);
    books.write("mapping.toml", MAPPING);
    let import = ["usage", "import", "usage.csv", "--mapping", "mapping.toml"];
    for leave in [0, 64, 256] {
        fill(&books.path("books"), leave);
        let ran = books.run(&import);
        assert_eq!(ran.code, 7, "{leave}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("room") || ran.stderr.contains("space"), "{}", ran.stderr);
        std::fs::remove_file(books.path("books/filler")).unwrap();
        assert_eq!(books.state(), before);
        books.sound();
    }
    // With room it goes through.
    books.write("usage.csv", crate::books::USAGE);
    books.run(&import).ok();
    books.sound();
}
