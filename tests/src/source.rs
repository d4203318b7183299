//! A light reading of Rust source: enough to tell code from comments and strings, to pass over test
//! modules, and to see which paths the code names, `use` lists included.

/// The source with comments and the insides of literals blanked out, line for line.
pub fn code_of(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let end = match (c, chars.get(at + 1)) {
            ('/', Some('/')) => find(&chars, at, |_, c| c == '\n'),
            ('/', Some('*')) => end_of_block_comment(&chars, at),
            ('"', _) => end_of_string(&chars, at + 1),
            ('r', Some('"' | '#')) if !continues_a_word(&chars, at) => end_of_raw(&chars, at, 1),
            ('b', Some('r')) if !continues_a_word(&chars, at) => end_of_raw(&chars, at, 2),
            ('\'', _) => end_of_char(&chars, at),
            _ => at,
        };
        if end == at {
            code.push(c);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

fn find(chars: &[char], from: usize, stop: impl Fn(usize, char) -> bool) -> usize {
    (from..chars.len()).find(|&at| stop(at, chars[at])).unwrap_or(chars.len())
}

fn continues_a_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn end_of_block_comment(chars: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    chars.len()
}

fn end_of_string(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of a raw string after its prefix of one or two letters, or where it was when the letters
/// start a word (`r#type`, `break`).
fn end_of_raw(chars: &[char], from: usize, prefix: usize) -> usize {
    let quote = find(chars, from + prefix, |_, c| c != '#');
    let hashes = quote - from - prefix;
    if chars.get(quote) != Some(&'"') {
        return from;
    }
    let closes = |at: usize, c: char| {
        c == '"' && (1..=hashes).all(|offset| chars.get(at + offset) == Some(&'#'))
    };
    (find(chars, quote + 1, closes) + 1 + hashes).min(chars.len())
}

/// The end of a character literal, or where it was when the quote starts a lifetime.
fn end_of_char(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => (find(chars, from + 3, |_, c| c == '\'') + 1).min(chars.len()),
        (Some(_), Some('\'')) => from + 3,
        _ => from,
    }
}

/// Code with every item under `#[cfg(test)]` blanked out, line for line. Takes the output of
/// [`code_of`].
pub fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    while let Some(start) = kept.find("#[cfg(test)]") {
        let end = end_of_item(&kept, start + "#[cfg(test)]".len());
        let blank: String =
            kept[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        kept.replace_range(start..end, &blank);
    }
    kept
}

fn end_of_item(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, c) in code[from..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return from + offset + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    code.len()
}

/// A word, number or punctuation mark of the code, with its line counted from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Line, counted from one.
    pub line: usize,
    /// `std`, `1.0_f64`, `::`, `{`
    pub text: String,
}

/// Splits code into tokens. Takes the output of [`code_of`].
pub fn tokens(code: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = match first {
                ':' if rest.starts_with("::") => 2,
                '0'..='9' => number_length(rest),
                _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                _ => first.len_utf8(),
            };
            found.push(Token { line: index + 1, text: rest[..length].to_owned() });
            rest = rest[length..].trim_start();
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn number_length(text: &str) -> usize {
    let whole = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let mut after = text[whole..].chars();
    if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
        let fraction = &text[whole + 1..];
        whole + 1 + fraction.find(|c| !is_word(c)).unwrap_or(fraction.len())
    } else {
        whole
    }
}

/// Every path that the code names with at least two parts, with its line; `use std::{fs, io}` names
/// `std::fs` and `std::io`.
pub fn paths(tokens: &[Token]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut prefixes: Vec<Vec<String>> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut line = 1;
    let mut joined = false;
    for token in tokens {
        let word = token.text.starts_with(is_word) || token.text == "*";
        match token.text.as_str() {
            "::" => joined = true,
            "{" if joined => {
                prefixes.push(std::mem::take(&mut path));
                joined = false;
            }
            _ if word && joined => {
                path.push(token.text.clone());
                joined = false;
            }
            _ => {
                emit(&mut found, &prefixes, &mut path, line);
                match token.text.as_str() {
                    "}" => drop(prefixes.pop()),
                    // Braces inside the list of a `use` follow `::`; any other opens a block.
                    "{" => prefixes.push(Vec::new()),
                    _ if word => {
                        path.push(token.text.clone());
                        line = token.line;
                    }
                    _ => {}
                }
                joined = false;
            }
        }
    }
    emit(&mut found, &prefixes, &mut path, line);
    found
}

fn emit(
    found: &mut Vec<(usize, Vec<String>)>,
    prefixes: &[Vec<String>],
    path: &mut Vec<String>,
    line: usize,
) {
    if path.is_empty() {
        return;
    }
    // Prefixes count only back to the nearest block.
    let from = prefixes.iter().rposition(Vec::is_empty).map_or(0, |at| at + 1);
    let mut whole: Vec<String> = prefixes[from..].concat();
    whole.append(path);
    if whole.len() > 1 {
        found.push((line, whole));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_paths(source: &str, expected: &[&str]) {
        let found: Vec<String> =
            paths(&tokens(&code_of(source))).iter().map(|(_, path)| path.join("::")).collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"x("std::fs \" y") + z"#, "x(              ) + z"),
            ("r#\"a\"b\"# + c", "         + c"),
            ("br\"a\" + c", "      + c"),
            ("r#type + c", "r#type + c"),
            ("break \"a\" + for", "break     + for"),
            ("'{' + '\\'' + &'a str", "    +      + &'a str"),
        ];
        for (source, code) in cases {
            assert_eq!(code_of(source), code, "{source}");
        }
    }

    #[test]
    fn items_under_cfg_test_are_passed_over() {
        let code = "a\n#[cfg(test)]\nmod tests {\n fn f() { b }\n}\nc\n#[cfg(test)]\nmod t;\nd";
        let kept = without_tests(code);
        assert_eq!(kept.lines().count(), code.lines().count());
        assert_eq!(kept.split_whitespace().collect::<Vec<_>>(), ["a", "c", "d"]);
    }

    #[test]
    fn use_lists_name_each_of_their_paths() {
        check_paths("use std::fs;", &["std::fs"]);
        check_paths(
            "use std::{fs, io::{self, Read}, fmt};",
            &["std::fs", "std::io::self", "std::io::Read", "std::fmt"],
        );
        check_paths("use {std::fs, core::fmt};", &["std::fs", "core::fmt"]);
        check_paths("fn f() { std::fs::read(x); g::<u8>() }", &["std::fs::read"]);
        check_paths("mod a { use b::{c}; } d::e", &["b::c", "d::e"]);
    }

    #[test]
    fn numbers_keep_their_suffix_and_ranges_stay_apart() {
        let texts: Vec<String> =
            tokens("1.0_f64 0..2 t.0 2f32").into_iter().map(|token| token.text).collect();
        assert_eq!(texts, ["1.0_f64", "0", ".", ".", "2", "t", ".", "0", "2f32"]);
    }
}
