//! The published schemas are those that the program writes.

use crate::books::{Books, finish, scrip};
use crate::fences::docs;

#[test]
fn the_committed_schemas_are_what_the_command_writes() {
    let books = Books::folder();
    let mut command = scrip();
    command.current_dir(books.root()).args(["schemas", "--dir", "schemas", "--json"]);
    let view = finish(command).json();
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut names = Vec::new();
    for file in view["files"].as_array().unwrap() {
        let file = file.as_str().unwrap();
        let text = books.read(file);
        let name = file.rsplit('/').next().unwrap().to_owned();
        let committed = docs().join("schemas").join(&name);
        if update {
            std::fs::write(&committed, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&committed).unwrap_or_default(),
            text,
            "{name} differs: write it with `scrip schemas --dir docs/schemas`"
        );
        names.push(name);
    }
    let mut there: Vec<_> = std::fs::read_dir(docs().join("schemas"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    names.sort();
    assert_eq!(there, names, "a schema that nothing writes");
}
