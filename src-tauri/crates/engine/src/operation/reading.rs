//! Reads the members of an operation, and knows which of them was being read when one is wrong.
//!
//! JSON says where a text breaks off, but not of which member a value is that a member cannot have;
//! and it takes the last of two members of one name without a word.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// What is wrong, and with which member if it is one: `units`, `price.net`, `events[0].key`.
pub(super) struct Misread {
    pub(super) member: Option<String>,
    pub(super) message: String,
}

/// Reads the members of an operation.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Misread> {
    let wrong = RefCell::new(None);
    T::deserialize(Member { value, place: String::new(), wrong: &wrong })
        .map_err(|error| Misread { member: wrong.take(), message: error.to_string() })
}

/// A value with its place; the innermost place at which reading fails is kept in `wrong`.
struct Member<'w> {
    value: Value,
    place: String,
    wrong: &'w RefCell<Option<String>>,
}

impl<'w> Member<'w> {
    fn read<'de, S: DeserializeSeed<'de>>(
        seed: S,
        (value, place): (Value, String),
        wrong: &'w RefCell<Option<String>>,
    ) -> Result<S::Value, Error> {
        let read = seed.deserialize(Member { value, place: place.clone(), wrong });
        if read.is_err() {
            wrong.borrow_mut().get_or_insert(place);
        }
        read
    }
}

impl<'de> serde::Deserializer<'de> for Member<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Self { value, place, wrong } = self;
        match value {
            Value::Object(members) => {
                let members = members.into_iter();
                visitor.visit_map(Members { members, place, next: None, wrong })
            }
            Value::Array(items) => {
                let (count, items) = (items.len(), items.into_iter().enumerate());
                let mut items = Items { items, place, wrong };
                let read = visitor.visit_seq(&mut items);
                match items.items.len() {
                    0 => read,
                    _ => read.and(Err(Error::invalid_length(count, &"fewer items"))),
                }
            }
            leaf => leaf.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Members<'w> {
    members: serde_json::map::IntoIter,
    place: String,
    next: Option<(String, Value)>,
    wrong: &'w RefCell<Option<String>>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.next = self.members.next();
        let Some((key, _)) = &self.next else { return Ok(None) };
        seed.deserialize(StringDeserializer::new(key.clone())).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let (key, value) = self.next.take().unwrap_or_default();
        let dot = if self.place.is_empty() { "" } else { "." };
        let place = format!("{}{dot}{key}", self.place);
        Member::read(seed, (value, place), self.wrong)
    }
}

struct Items<'w> {
    items: std::iter::Enumerate<std::vec::IntoIter<Value>>,
    place: String,
    wrong: &'w RefCell<Option<String>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some((index, value)) = self.items.next() else { return Ok(None) };
        let place = format!("{}[{index}]", self.place);
        Member::read(seed, (value, place), self.wrong).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The first member that an object of a text has twice; the text is known to be JSON.
pub(super) fn repeated(text: &str) -> Option<String> {
    let mut objects: Vec<BTreeSet<String>> = Vec::new();
    let mut rest = text;
    loop {
        rest = &rest[rest.find(['{', '}', '"'])?..];
        let (first, after) = rest.split_at(1);
        match first {
            "{" => objects.push(BTreeSet::new()),
            "}" => drop(objects.pop()),
            _ => {
                let end = end_of_text(after)?;
                let (written, after) = rest.split_at(end + 2);
                if after.trim_start().starts_with(':') {
                    let name: String = serde_json::from_str(written).ok()?;
                    if !objects.last_mut()?.insert(name.clone()) {
                        return Some(name);
                    }
                }
                rest = after;
                continue;
            }
        }
        rest = after;
    }
}

/// Where the text that begins here ends: at its closing quotation mark.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::repeated;

    #[test]
    fn a_member_is_repeated_only_in_its_own_object() {
        for (text, want) in [
            (r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, None),
            (r#"{"a":"{\"a\":1,\"a\"","b":"a"}"#, None),
            (r#"{"a":"\\","b":1}"#, None),
            (r#"{"a":1, "a" : 2}"#, Some("a")),
            (r#"{"c":[{"x":1},{"y":1,"y":2}]}"#, Some("y")),
            (r#"{"a":1,"\u0061":2}"#, Some("a")),
            (r#"[1, "a", "a"]"#, None),
        ] {
            assert_eq!(repeated(text).as_deref(), want, "{text}");
        }
    }
}
