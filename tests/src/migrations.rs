//! Migrations are never edited once they are in: each has its checksum in `tests/migrations.b3`, in the
//! form that b3sum writes.

use std::collections::BTreeMap;

use crate::Offence;
use crate::tree::File;

/// The list, from the top of the checkout.
pub const LIST: &str = "tests/migrations.b3";

/// Checks the migrations against the text of the list.
pub fn check(list: &str, files: &[File]) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut listed = BTreeMap::new();
    for (index, line) in list.lines().enumerate() {
        match line.split_once("  ") {
            Some((sum, path)) => drop(listed.insert(path, (sum, index + 1))),
            None => offences.push(Offence::at(LIST, index + 1, "is not `checksum  path`.")),
        }
    }
    for file in files {
        let found = blake3::hash(file.text.as_bytes()).to_hex();
        match listed.remove(file.path.as_str()) {
            Some((sum, _)) if sum == found.as_str() => {}
            Some(_) => offences.push(Offence::new(
                &file.path,
                "was changed after it was listed: put it back and write a new migration. Books exist \
                 that were made with the old text.",
            )),
            None => offences.push(Offence::new(
                &file.path,
                format!("is not listed: add this line to {LIST}:\n{found}  {}", file.path),
            )),
        }
    }
    offences.extend(listed.into_iter().map(|(path, (_, line))| {
        Offence::at(LIST, line, format!("lists {path}, which is gone; a migration stays for good."))
    }));
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_listed_and_then_stays_as_it_was() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let sum = blake3::hash(b"create").to_hex();
        let list = format!("{sum}  m/1.sql\n{sum}  m/2.sql\n{sum}  m/4.sql\nnonsense\n");
        let files =
            [file("m/1.sql", "create"), file("m/2.sql", "changed"), file("m/3.sql", "create")];
        let found: Vec<String> = check(&list, &files).iter().map(Offence::to_string).collect();
        assert_eq!(found, [
            "tests/migrations.b3:4: is not `checksum  path`.".to_owned(),
            "m/2.sql: was changed after it was listed: put it back and write a new migration. Books \
             exist that were made with the old text."
                .to_owned(),
            format!(
                "m/3.sql: is not listed: add this line to tests/migrations.b3:\n{sum}  m/3.sql"
            ),
            "tests/migrations.b3:3: lists m/4.sql, which is gone; a migration stays for good."
                .to_owned(),
        ]);
    }
}
