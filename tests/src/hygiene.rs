//! The shape of every Rust file: it says what it is, it has one subject, it fits the screen.

use crate::Offence;
use crate::source;
use crate::tree::File;

/// Longest file, in lines.
const LINES_MAX: usize = 700;
/// Longest line, in columns; one that holds a literal or an address may be longer.
const COLUMNS_MAX: usize = 110;
/// Macros that are for the moment of writing.
const LEFTOVERS: &[&str] = &["dbg", "todo", "unimplemented"];

/// Checks one file.
pub fn check(file: &File) -> Vec<Offence> {
    let mut offences = Vec::new();
    let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !first.starts_with("//!") && !is_test_file(&file.path) {
        offences.push(Offence::at(&file.path, 1, "starts without a //! sentence on what it owns."));
    }
    let count = file.text.lines().count();
    if count > LINES_MAX {
        let what = format!("has {count} lines, more than {LINES_MAX}: part it by subject.");
        offences.push(Offence::new(&file.path, what));
    }
    offences.extend(long_lines(file));
    offences.extend(leftovers(file));
    offences
}

/// Whether a file holds tests only: its name or folder says so.
pub fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // The crate of cross-crate tests is itself a folder `tests`; its sources are not test files.
    let inside = path.strip_prefix("tests/").unwrap_or(path);
    name == "tests.rs" || name.ends_with("_tests.rs") || format!("/{inside}").contains("/tests/")
}

fn long_lines(file: &File) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let columns = line.chars().count();
        if columns > COLUMNS_MAX && !line.contains('"') && !line.contains("://") {
            let what = format!("has {columns} columns, more than {COLUMNS_MAX}.");
            offences.push(Offence::at(&file.path, index + 1, what));
        }
    }
    offences
}

fn leftovers(file: &File) -> Vec<Offence> {
    let tokens = source::tokens(&source::code_of(&file.text));
    tokens
        .windows(2)
        .filter(|pair| pair[1].text == "!" && LEFTOVERS.contains(&pair[0].text.as_str()))
        .map(|pair| {
            Offence::at(&file.path, pair[0].line, format!("{}! was left behind.", pair[0].text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_file(path: &str, text: &str, expected: &[&str]) {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        let found: Vec<String> = check(&file).iter().map(Offence::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_says_what_it_owns_unless_it_holds_tests() {
        let missing = "a/src/b.rs:1: starts without a //! sentence on what it owns.";
        check_file("a/src/b.rs", "//! The rule of b.\nfn b() {}\n", &[]);
        check_file("a/src/b.rs", "// b\nfn b() {}\n", &[missing]);
        check_file("a/src/b.rs", "", &[missing]);
        check_file("a/src/b/tests.rs", "fn b() {}\n", &[]);
        check_file("a/tests/b.rs", "fn b() {}\n", &[]);
        check_file("tests/tests/b.rs", "fn b() {}\n", &[]);
        check_file(
            "tests/src/b.rs",
            "fn b() {}\n",
            &["tests/src/b.rs:1: starts without a //! \
            sentence on what it owns."],
        );
    }

    #[test]
    fn a_file_and_its_lines_have_a_length() {
        let text = format!("//! b\n{}", "\n".repeat(700));
        check_file("b.rs", &text, &["b.rs: has 701 lines, more than 700: part it by subject."]);
        let wide = "x".repeat(111);
        let text = format!("//! b\n{wide}\n// https://{wide}\n\"{wide}\"\n");
        check_file("b.rs", &text, &["b.rs:2: has 111 columns, more than 110."]);
    }

    #[test]
    fn what_is_for_the_moment_does_not_stay() {
        let text =
            "//! b\nfn b() {\n    todo!();\n    dbg!(c); // todo!\n    let s = \"dbg!()\";\n}\n";
        check_file(
            "b.rs",
            text,
            &["b.rs:3: todo! was left behind.", "b.rs:4: dbg! was left behind."],
        );
    }
}
