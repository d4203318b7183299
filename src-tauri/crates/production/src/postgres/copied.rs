//! The answer of `COPY (...) TO STDOUT (FORMAT binary)`, row by row: a large answer costs both sides less
//! than that of a query, whose rows are described and taken apart one by one.
//!
//! The format is that of the PostgreSQL manual, COPY, "Binary Format": a header of nineteen bytes, for each
//! row the number of its columns and each column's length and bytes, and at the end a count of -1.

use std::ops::Range;

use futures_util::TryStreamExt;
use scrip_store::StoreError;
use sqlx::postgres::PgConnection;

use super::fault::{Heard, Place};
use super::rows::{Reading, Row};

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// The signature, four bytes of flags, and the length of an extension, which no server sends.
const HEADER: usize = SIGNATURE.len() + 4 + 4;

/// A row as it came: its bytes, and where in them each column is.
#[derive(Debug, Default)]
pub(super) struct Tuple {
    bytes: Vec<u8>,
    fields: Vec<Option<Range<usize>>>,
}

impl Tuple {
    /// The bytes of a column; none where it is null, or where there is no such column.
    pub(super) fn field(&self, column: usize) -> Option<&[u8]> {
        let range = self.fields.get(column)?.clone()?;
        self.bytes.get(range)
    }
}

/// A value in the binary form of PostgreSQL.
pub(super) trait Field<'r>: Sized {
    /// Reads it; no bytes are a null.
    fn of(bytes: Option<&'r [u8]>) -> Result<Self, String>;
}

fn exactly<const N: usize>(bytes: Option<&[u8]>) -> Result<[u8; N], String> {
    let bytes = bytes.ok_or("a value is missing")?;
    bytes.try_into().map_err(|_| format!("{} bytes instead of {N}", bytes.len()))
}

impl Field<'_> for i64 {
    fn of(bytes: Option<&[u8]>) -> Result<Self, String> {
        exactly(bytes).map(Self::from_be_bytes)
    }
}

impl Field<'_> for i32 {
    fn of(bytes: Option<&[u8]>) -> Result<Self, String> {
        exactly(bytes).map(Self::from_be_bytes)
    }
}

impl Field<'_> for bool {
    fn of(bytes: Option<&[u8]>) -> Result<Self, String> {
        exactly::<1>(bytes).map(|[byte]| byte != 0)
    }
}

impl<'r> Field<'r> for &'r [u8] {
    fn of(bytes: Option<&'r [u8]>) -> Result<Self, String> {
        bytes.ok_or_else(|| "a value is missing".to_owned())
    }
}

impl<'r> Field<'r> for &'r str {
    fn of(bytes: Option<&'r [u8]>) -> Result<Self, String> {
        std::str::from_utf8(<&[u8]>::of(bytes)?).map_err(|fault| fault.to_string())
    }
}

impl<'r, T: Field<'r>> Field<'r> for Option<T> {
    fn of(bytes: Option<&'r [u8]>) -> Result<Self, String> {
        bytes.map(|bytes| T::of(Some(bytes))).transpose()
    }
}

/// Takes rows out of what has come so far.
#[derive(Debug, Default)]
struct Incoming {
    bytes: Vec<u8>,
    /// What of it is read.
    read: usize,
    began: bool,
    ended: bool,
}

impl Incoming {
    /// Takes more of the answer.
    fn take(&mut self, more: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(more);
    }

    /// Puts the next row into `tuple`, when it has come whole.
    fn next(&mut self, tuple: &mut Tuple) -> Result<bool, String> {
        if !self.began {
            let Some(header) = self.bytes.get(..HEADER) else { return Ok(false) };
            if !header.starts_with(SIGNATURE) || header[SIGNATURE.len()..] != [0; 8] {
                return Err("it does not begin like a binary COPY".to_owned());
            }
            (self.began, self.read) = (true, HEADER);
        }
        let mut rest = &self.bytes[self.read..];
        let Some(columns) = split::<2>(&mut rest).map(i16::from_be_bytes) else {
            return Ok(false);
        };
        if self.ended || (columns == -1 && !rest.is_empty()) {
            return Err("it goes on after its end".to_owned());
        }
        if columns == -1 {
            (self.ended, self.read) = (true, self.bytes.len());
            return Ok(false);
        }
        tuple.bytes.clear();
        tuple.fields.clear();
        for _ in 0..columns {
            let Some(length) = split::<4>(&mut rest).map(i32::from_be_bytes) else {
                return Ok(false);
            };
            if length == -1 {
                tuple.fields.push(None);
                continue;
            }
            let length = usize::try_from(length).map_err(|_| format!("a length of {length}"))?;
            let Some((field, after)) = rest.split_at_checked(length) else { return Ok(false) };
            let start = tuple.bytes.len();
            tuple.bytes.extend_from_slice(field);
            tuple.fields.push(Some(start..tuple.bytes.len()));
            rest = after;
        }
        self.read = self.bytes.len() - rest.len();
        Ok(true)
    }
}

fn split<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

/// Has a query copied, and reads its rows in order. The query is written by this program with nothing in
/// it but numbers: a COPY takes no parameters.
pub(super) async fn copied(
    connection: &mut PgConnection,
    place: &Place,
    table: &'static str,
    query: &str,
    mut read: impl FnMut(&Reading<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    const DOING: &str = "read its records";
    let copy = format!("COPY ({query}) TO STDOUT (FORMAT binary)");
    let mut answer = connection.copy_out_raw(&copy).heard(place, DOING).await?;
    let (mut incoming, mut tuple) = (Incoming::default(), Tuple::default());
    let mut outcome = Ok(());
    // The answer is read to its end whatever is wrong with it, so that the connection can be used again.
    while let Some(more) = answer.try_next().heard(place, DOING).await? {
        if outcome.is_err() {
            continue;
        }
        incoming.take(&more);
        outcome = rows(&mut incoming, &mut tuple, (table, place), &mut read);
    }
    outcome?;
    match incoming.ended {
        true => Ok(()),
        false => Err(place.unreadable(table, "the answer ended before its end")),
    }
}

/// Reads the rows that have come whole.
fn rows(
    incoming: &mut Incoming,
    tuple: &mut Tuple,
    (table, place): (&'static str, &Place),
    read: &mut impl FnMut(&Reading<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    while incoming.next(tuple).map_err(|fault| place.unreadable(table, fault))? {
        read(&Reading { row: Row::Copied(tuple), table, place })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows: (7, "a"), and (null, "").
    fn answer() -> Vec<u8> {
        let mut bytes = [SIGNATURE.as_slice(), &[0; 8]].concat();
        bytes.extend(2_i16.to_be_bytes());
        bytes.extend(8_i32.to_be_bytes());
        bytes.extend(7_i64.to_be_bytes());
        bytes.extend(1_i32.to_be_bytes());
        bytes.extend(b"a");
        bytes.extend(2_i16.to_be_bytes());
        bytes.extend((-1_i32).to_be_bytes());
        bytes.extend(0_i32.to_be_bytes());
        bytes.extend((-1_i16).to_be_bytes());
        bytes
    }

    fn all(parts: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<(Option<i64>, String)>, String> {
        let (mut incoming, mut tuple) = (Incoming::default(), Tuple::default());
        let mut rows = Vec::new();
        for part in parts {
            incoming.take(&part);
            while incoming.next(&mut tuple)? {
                let text = <&str>::of(tuple.field(1))?.to_owned();
                rows.push((Option::of(tuple.field(0))?, text));
            }
        }
        if incoming.ended { Ok(rows) } else { Err("not ended".to_owned()) }
    }

    #[test]
    fn rows_are_the_same_however_the_answer_is_cut() {
        let expected = vec![(Some(7), "a".to_owned()), (None, String::new())];
        for size in 1..=answer().len() {
            let parts = answer().chunks(size).map(<[u8]>::to_vec).collect::<Vec<_>>();
            assert_eq!(all(parts).as_ref(), Ok(&expected), "in parts of {size}");
        }
    }

    #[test]
    fn an_answer_that_is_not_whole_or_not_one_is_refused() {
        let whole = answer();
        for end in 0..whole.len() {
            assert!(all([whole[..end].to_vec()]).is_err(), "cut after {end}");
        }
        let mut other = whole.clone();
        other[0] = b'X';
        assert!(all([other]).unwrap_err().contains("does not begin"));
        let longer = [whole.as_slice(), &2_i16.to_be_bytes()].concat();
        assert!(all([longer]).unwrap_err().contains("after its end"));
    }

    #[test]
    fn a_value_of_another_length_is_refused() {
        assert!(i64::of(Some(&[0; 4])).unwrap_err().contains("4 bytes instead of 8"));
        assert!(i64::of(None).unwrap_err().contains("missing"));
        assert!(<&str>::of(Some(&[0xff])).is_err());
        assert_eq!(<Option<bool>>::of(Some(&[1])), Ok(Some(true)));
    }
}
