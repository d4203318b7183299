//! Under whose name something is recorded: the one that is given, or that of whoever runs the program.

use std::process::Command;

use crate::books::{Books, Ran, finish};

const GRANT: &[&str] =
    &["grant", "--customer", "acme", "--wallet", "promo", "--units", "5", "--kind", "promotional"];

/// A command that nobody's name is given to, and that finds none in its environment.
fn nameless(books: &Books, arguments: &[&str]) -> Command {
    let mut command = books.command(arguments);
    command.env_remove("SCRIP_ACTOR").env_remove("USER").env_remove("USERNAME");
    command
}

/// Who did the last thing of all.
fn last_actor(books: &Books) -> String {
    let trail = books.json(&["audit"])["operations"].clone();
    trail.as_array().unwrap().last().unwrap()["actor"].as_str().unwrap().to_owned()
}

#[test]
fn spaces_around_a_name_go_and_those_in_it_join_its_words() {
    let books = Books::granted();
    for (given, recorded) in [(" ben", "ben"), ("Ana  Smith ", "Ana_Smith")] {
        books.run(&[GRANT, &["--actor", given]].concat()).ok();
        assert_eq!(last_actor(&books), recorded);
    }
}

#[test]
fn a_letter_that_a_name_cannot_have_is_named_with_those_it_can() {
    let books = Books::granted();
    let words = ["--actor: the name \"Ana_Müller\" has the character 'ü'", "a to z and A to Z"];
    books.refuses(2, &words, |books| books.run(&[GRANT, &["--actor", "Ana Müller"]].concat()));
    books.refuses(2, &["--actor: the name is empty"], |books| {
        books.run(&[GRANT, &["--actor", " "]].concat())
    });
}

#[test]
#[cfg(unix)]
fn without_an_environment_the_name_is_that_of_the_user_id() {
    let books = Books::granted();
    finish(nameless(&books, GRANT)).ok();
    let id = Command::new("id").arg("-un").output().unwrap();
    assert_eq!(last_actor(&books), String::from_utf8(id.stdout).unwrap().trim());
}

#[test]
fn nothing_is_recorded_under_no_name_and_whoever_looks_needs_none() {
    let books = Books::granted();
    let run = |arguments: &[&str]| -> Ran {
        let mut command = nameless(&books, arguments);
        // Where no program tells the name either.
        command.env("PATH", "");
        finish(command)
    };
    books.refuses(2, &["--actor", "SCRIP_ACTOR"], |_| run(GRANT));
    for looks in [&["balance", "acme"][..], &["status"], &["report", "revenue"], &["overview"]] {
        run(looks).ok();
    }
}
