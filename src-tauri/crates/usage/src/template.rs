//! Templates: texts with columns in braces.

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Column(String),
}

impl Template {
    pub(crate) fn column(name: &str) -> Self {
        Self { parts: vec![Part::Column(name.to_owned())] }
    }

    pub(crate) fn constant(text: &str) -> Self {
        Self { parts: vec![Part::Literal(text.to_owned())] }
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Column(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }
}

/// Reads `{a}-{b}`; `{{` and `}}` are braces. The error completes "the mapping's key ...".
pub(crate) fn parse(text: &str) -> Result<Template, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            literal.push_str(&tail[..1]);
            rest = &tail[2..];
            continue;
        }
        let unbalanced =
            || format!("{text:?} has a brace without its pair; write {{{{ for a brace");
        let inner = tail.strip_prefix('{').ok_or_else(unbalanced)?;
        let end = inner.find('}').ok_or_else(unbalanced)?;
        let name = &inner[..end];
        if name.is_empty() || name.contains('{') {
            return Err(unbalanced());
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Part::Column(name.to_owned()));
        rest = &inner[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(Template { parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_name_columns_and_double_braces_are_braces() {
        let shown = |text: &str| match parse(text) {
            Ok(template) => template
                .parts
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => format!("'{text}'"),
                    Part::Column(name) => format!("<{name}>"),
                })
                .collect::<String>(),
            Err(_) => "error".to_owned(),
        };
        for (text, want) in [
            ("{client}-{window_start_s}", "<client>'-'<window_start_s>"),
            ("plain", "'plain'"),
            ("", ""),
            ("a{{b}}c", "'a{b}c'"),
            ("{{{x}}}", "'{'<x>'}'"),
            ("{a b}", "<a b>"),
            ("{", "error"),
            ("}", "error"),
            ("{}", "error"),
            ("{a{b}}", "error"),
        ] {
            assert_eq!(shown(text), want, "{text}");
        }
    }
}
