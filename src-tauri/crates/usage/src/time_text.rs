//! From texts and numbers of a file to instants.
//!
//! Digits beyond the microsecond are cut off, never rounded: a time is not moved to a later one.

use std::collections::HashMap;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use scrip_units::{Instant, Zone};

use crate::mapping::{MappingError, OccurredAt};
use crate::reject::RejectCode;
use crate::row::Field;

/// A time that cannot be read: the code and the reason.
pub(crate) type TimeReject = (RejectCode, String);

/// Checks what can be checked of the mapping's `occurred_at` without a file.
pub(crate) fn check(mapping: &OccurredAt) -> Result<(), MappingError> {
    let OccurredAt::Pattern { pattern, time_zone, .. } = mapping else { return Ok(()) };
    let bad = |problem: &str| Err(MappingError::field("occurred_at.pattern", problem));
    if StrftimeItems::new(pattern).any(|item| matches!(item, Item::Error)) {
        return bad("is not a pattern such as \"%Y-%m-%d %H:%M:%S%.f\"");
    }
    let probe = DateTime::UNIX_EPOCH.format(pattern).to_string();
    let has_offset = DateTime::parse_from_str(&probe, pattern).is_ok();
    if !has_offset && NaiveDateTime::parse_from_str(&probe, pattern).is_err() {
        return bad("does not tell date and time; \"%Y-%m-%d %H:%M:%S%.f\" does");
    }
    if has_offset == time_zone.is_some() {
        let problem = if has_offset {
            "is not needed: the pattern has an offset"
        } else {
            "is needed: the pattern has no offset. Give an IANA name such as UTC"
        };
        return Err(MappingError::field("occurred_at.time_zone", problem));
    }
    Ok(())
}

/// How the values of the column are read.
#[derive(Debug)]
enum Form {
    Rfc3339,
    /// A count since an instant; the exponent of a tenth of a microsecond's power: 6 for seconds.
    Count {
        decimals: u32,
        origin: i64,
    },
    /// With an offset.
    Zoned(String),
    /// Local time. The flag says that the pattern is the usual one, read without `chrono`.
    Local {
        pattern: String,
        usual: bool,
        zone: LocalZone,
    },
    Timestamp(Option<LocalZone>),
}

/// Reads one column of times.
#[derive(Debug)]
pub(crate) struct TimeReader {
    form: Form,
}

impl TimeReader {
    pub(crate) fn new(mapping: &OccurredAt) -> Self {
        let zone = |zone: Option<Zone>| LocalZone::new(zone.unwrap_or(Zone::UTC));
        let form = match mapping {
            OccurredAt::Rfc3339 { .. } => Form::Rfc3339,
            OccurredAt::UnixSeconds { .. } => Form::Count { decimals: 6, origin: 0 },
            OccurredAt::UnixMillis { .. } => Form::Count { decimals: 3, origin: 0 },
            OccurredAt::UnixMicros { .. } => Form::Count { decimals: 0, origin: 0 },
            OccurredAt::OffsetSeconds { origin, .. } => {
                Form::Count { decimals: 6, origin: origin.micros() }
            }
            OccurredAt::OffsetMillis { origin, .. } => {
                Form::Count { decimals: 3, origin: origin.micros() }
            }
            OccurredAt::Pattern { pattern, time_zone: None, .. } => Form::Zoned(pattern.clone()),
            OccurredAt::Pattern { pattern, time_zone, .. } => Form::Local {
                usual: matches!(pattern.as_str(), "%Y-%m-%d %H:%M:%S%.f" | "%Y-%m-%dT%H:%M:%S%.f"),
                pattern: pattern.clone(),
                zone: zone(*time_zone),
            },
            OccurredAt::Timestamp { time_zone, .. } => {
                Form::Timestamp(time_zone.map(LocalZone::new))
            }
        };
        Self { form }
    }

    /// Microseconds since 1970 of a field.
    pub(crate) fn read(&mut self, field: Field<'_>) -> Result<Instant, TimeReject> {
        let micros = match (&mut self.form, field) {
            (_, Field::Absent) => return Err(bad("there is no time")),
            (Form::Timestamp(_), Field::Micros { micros, adjusted: true }) => micros,
            (Form::Timestamp(Some(zone)), Field::Micros { micros, adjusted: false }) => {
                zone.micros(micros, &"the timestamp")?
            }
            (Form::Count { decimals, origin }, Field::Integer(value)) => {
                count(i128::from(value), *decimals, *origin)?
            }
            (Form::Count { decimals, origin }, Field::Decimal { value, scale }) => {
                decimal_count(value, scale, *decimals, *origin)?
            }
            (Form::Count { decimals, origin }, Field::Text(text)) => {
                text_count(text, *decimals, *origin)?
            }
            (Form::Rfc3339, Field::Text(text)) => rfc3339(text)?,
            (Form::Zoned(pattern), Field::Text(text)) => DateTime::parse_from_str(text, pattern)
                .map_err(|_| bad(format!("{text:?} does not fit the pattern {pattern}")))?
                .timestamp_micros(),
            (Form::Local { pattern, usual, zone }, Field::Text(text)) => {
                let quick = if *usual { usual_local(text.as_bytes()) } else { None };
                let local = match quick {
                    Some((micros, end)) if end == text.len() => micros,
                    _ => NaiveDateTime::parse_from_str(text, pattern)
                        .map_err(|_| bad(format!("{text:?} does not fit the pattern {pattern}")))?
                        .and_utc()
                        .timestamp_micros(),
                };
                zone.micros(local, &text)?
            }
            (_, field) => {
                return Err(bad(format!("{field} is not of the format that the mapping declares")));
            }
        };
        Instant::from_micros(micros).map_err(|_| {
            if micros < 0 {
                (RejectCode::Before1970, format!("{field} is before 1970"))
            } else {
                bad(format!("{field} is after the year 9999"))
            }
        })
    }
}

fn bad(reason: impl Into<String>) -> TimeReject {
    (RejectCode::BadTime, reason.into())
}

fn count(value: i128, decimals: u32, origin: i64) -> Result<i64, TimeReject> {
    value
        .checked_mul(10_i128.pow(decimals))
        .and_then(|micros| micros.checked_add(i128::from(origin)))
        .and_then(|micros| i64::try_from(micros).ok())
        .ok_or_else(|| bad(format!("{value} is not a time")))
}

fn decimal_count(value: i128, scale: u32, decimals: u32, origin: i64) -> Result<i64, TimeReject> {
    if scale <= decimals {
        return count(value, decimals - scale, origin);
    }
    let divisor = 10_i128.checked_pow(scale - decimals).ok_or_else(|| bad("not a time"))?;
    count(value.div_euclid(divisor), 0, origin)
}

/// Reads `12345.678` exactly; digits beyond the microsecond are cut off.
fn text_count(text: &str, decimals: u32, origin: i64) -> Result<i64, TimeReject> {
    let not = || bad(format!("{text:?} is not a plain decimal number"));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(not()),
        Some(parts) => parts,
        None => (digits, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 20 || !all_digits(whole) || !all_digits(fraction) {
        return Err(not());
    }
    let padding = std::iter::repeat(b'0');
    let places = usize::try_from(decimals).unwrap_or(0);
    let value = whole
        .bytes()
        .chain(fraction.bytes().chain(padding).take(places))
        .fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    // Cutting off digits of a time before its origin moves it down, as everywhere.
    let cut = negative && fraction.bytes().skip(places).any(|b| b != b'0');
    count(if negative { -value - i128::from(cut) } else { value }, 0, origin)
}

fn two(bytes: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (bytes.get(at)?.wrapping_sub(b'0'), bytes.get(at + 1)?.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// Days since 1970-01-01 of a civil date (proleptic Gregorian), or nothing if there is no such day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * m + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Reads `YYYY-MM-DD?HH:MM:SS[.fraction]` and says where it ends. Leap seconds and anything unusual
/// are left to `chrono`.
fn usual_local(bytes: &[u8]) -> Option<(i64, usize)> {
    if bytes.len() < 19
        || bytes[4] != b'-'
        || bytes[7] != b'-'
        || !matches!(bytes[10], b'T' | b' ')
        || bytes[13] != b':'
        || bytes[16] != b':'
    {
        return None;
    }
    let year = two(bytes, 0)? * 100 + two(bytes, 2)?;
    let day = days(year, two(bytes, 5)?, two(bytes, 8)?)?;
    let (hour, minute, second) = (two(bytes, 11)?, two(bytes, 14)?, two(bytes, 17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut end = 19;
    let mut micros = 0;
    if bytes.get(19) == Some(&b'.') {
        end = 20;
        let mut place = 100_000;
        while let Some(digit) = bytes.get(end).filter(|b| b.is_ascii_digit()) {
            micros += i64::from(digit - b'0') * place;
            place /= 10;
            end += 1;
        }
        if end == 20 {
            return None;
        }
    }
    Some((((day * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + micros, end))
}

fn rfc3339(text: &str) -> Result<i64, TimeReject> {
    let bytes = text.as_bytes();
    if let Some((micros, end)) = usual_local(bytes) {
        match bytes.len() - end {
            1 if matches!(bytes[end], b'Z' | b'z') => return Ok(micros),
            6 if bytes[end + 3] == b':' && matches!(bytes[end], b'+' | b'-') => {
                if let (Some(hours @ 0..=23), Some(minutes @ 0..=59)) =
                    (two(bytes, end + 1), two(bytes, end + 4))
                {
                    let offset = (hours * 60 + minutes) * 60_000_000;
                    return Ok(if bytes[end] == b'+' { micros - offset } else { micros + offset });
                }
            }
            _ => {}
        }
    }
    DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_micros()).map_err(|_| {
        bad(format!(
            "{text:?} is not an instant such as 2026-03-31T22:00:00Z or 2026-04-01T00:00:00+02:00"
        ))
    })
}

const DAY_MICROS: i64 = 86_400_000_000;
const QUARTER_MICROS: i64 = 900_000_000;
/// Days remembered; beyond that many the memory starts anew.
const DAYS_MAX: usize = 100_000;

/// A zone that remembers on which days its clocks do not change.
#[derive(Debug)]
struct LocalZone {
    zone: Tz,
    is_utc: bool,
    /// Day since 1970 of local time, and its offset in microseconds if that is the same all day.
    days: HashMap<i64, Option<i64>>,
    last: (i64, Option<i64>),
}

impl LocalZone {
    fn new(zone: Zone) -> Self {
        Self {
            // A `Zone` is a name of the same database.
            zone: zone.name().parse().unwrap_or(Tz::UTC),
            is_utc: zone == Zone::UTC,
            days: HashMap::new(),
            last: (i64::MIN, None),
        }
    }

    /// The instant of a local time in microseconds since local 1970.
    fn micros(&mut self, local: i64, shown: &dyn std::fmt::Display) -> Result<i64, TimeReject> {
        if self.is_utc {
            return Ok(local);
        }
        let day = local.div_euclid(DAY_MICROS);
        if self.last.0 != day {
            if self.days.len() >= DAYS_MAX {
                self.days.clear();
            }
            let zone = self.zone;
            let offset = *self.days.entry(day).or_insert_with(|| steady_offset(zone, day));
            self.last = (day, offset);
        }
        if let Some(offset) = self.last.1 {
            return Ok(local - offset);
        }
        match at_local(self.zone, local) {
            Some(LocalResult::Single(offset)) => Ok(local - offset),
            Some(LocalResult::Ambiguous(..)) => {
                Err(bad(format!("{shown} happens twice in {}: the clocks go back", self.zone)))
            }
            Some(LocalResult::None) => {
                Err(bad(format!("{shown} does not exist in {}: the clocks skip it", self.zone)))
            }
            None => Err(bad(format!("{shown} is out of range"))),
        }
    }
}

/// The offsets of a local time, in microseconds.
fn at_local(zone: Tz, local: i64) -> Option<LocalResult<i64>> {
    let naive = DateTime::from_timestamp_micros(local)?.naive_utc();
    Some(zone.from_local_datetime(&naive).map(|at| local - at.timestamp_micros()))
}

/// The offset of a day on which it does not change. Every quarter of an hour is asked: no zone
/// changed its clocks and back within one.
fn steady_offset(zone: Tz, day: i64) -> Option<i64> {
    let mut steady = None;
    for quarter in 0..=96 {
        let local = day.checked_mul(DAY_MICROS)? + quarter * QUARTER_MICROS;
        let LocalResult::Single(offset) = at_local(zone, local)? else { return None };
        if *steady.get_or_insert(offset) != offset {
            return None;
        }
    }
    // The day itself must be one that can be written.
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(day + 719_163).ok()?)?;
    steady
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str, field: Field<'_>) -> Result<String, String> {
        let mapping: OccurredAt = toml::from_str(toml).unwrap();
        check(&mapping).unwrap();
        TimeReader::new(&mapping)
            .read(field)
            .map(|at| at.to_string())
            .map_err(|(code, reason)| format!("{code}: {reason}"))
    }

    #[track_caller]
    fn check_texts(toml: &str, cases: &[(&str, &str)]) {
        for (text, want) in cases {
            let got = read(&format!("column = \"t\"\n{toml}"), Field::Text(text));
            let got = got.unwrap_or_else(|e| e.split(':').next().unwrap_or("").to_owned());
            assert_eq!(got, *want, "{toml}: {text}");
        }
    }

    #[test]
    fn instants_are_read_to_the_microsecond_and_finer_digits_are_cut() {
        check_texts(
            "format = \"rfc3339\"",
            &[
                ("2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z"),
                ("2026-04-01T00:00:00+02:00", "2026-03-31T22:00:00Z"),
                ("2026-03-31T22:00:00.5-01:30", "2026-03-31T23:30:00.500Z"),
                ("2023-11-16T18:15:46.6805999Z", "2023-11-16T18:15:46.680599Z"),
                ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
                ("2023-02-29T00:00:00Z", "bad_time"),
                ("2026-04-01T24:00:00Z", "bad_time"),
                ("2026-04-01T00:00:00", "bad_time"),
                ("2026-04-01", "bad_time"),
                ("", "bad_time"),
                ("1969-12-31T23:59:59.9Z", "before_1970"),
                ("1970-01-01T00:30:00+01:00", "before_1970"),
            ],
        );
    }

    #[test]
    fn counts_are_exact_decimals() {
        check_texts(
            "format = \"unix_seconds\"",
            &[
                ("1700000000", "2023-11-14T22:13:20Z"),
                ("1700000000.1234569", "2023-11-14T22:13:20.123456Z"),
                ("-1", "before_1970"),
                ("1e9", "bad_time"),
                ("1.", "bad_time"),
                ("99999999999999", "bad_time"),
            ],
        );
        check_texts("format = \"unix_millis\"", &[("1700000000123", "2023-11-14T22:13:20.123Z")]);
        check_texts(
            "format = \"unix_micros\"",
            &[("1700000000123456.9", "2023-11-14T22:13:20.123456Z")],
        );
        check_texts(
            "format = \"offset_seconds\"\norigin = \"2026-01-01T00:00:00Z\"",
            &[
                ("1200", "2026-01-01T00:20:00Z"),
                ("-0.5", "2025-12-31T23:59:59.500Z"),
                ("-0.0000001", "2025-12-31T23:59:59.999999Z"),
            ],
        );
    }

    #[test]
    fn a_local_time_that_is_skipped_or_twice_is_rejected() {
        let amsterdam = "format = \"pattern\"\npattern = \"%Y-%m-%d %H:%M:%S%.f\"\n\
                         time_zone = \"Europe/Amsterdam\"";
        check_texts(
            amsterdam,
            &[
                ("2023-11-16 18:15:46.6805900", "2023-11-16T17:15:46.680590Z"),
                ("2026-07-01 00:00:00", "2026-06-30T22:00:00Z"),
                ("2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
                ("2026-03-29 02:30:00", "bad_time"),
                ("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
                ("2026-10-25 02:30:00", "bad_time"),
                ("2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
                ("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
                ("16.11.2023", "bad_time"),
            ],
        );
        check_texts(
            "format = \"pattern\"\npattern = \"%d.%m.%Y %H:%M %z\"",
            &[("16.11.2023 18:15 +0100", "2023-11-16T17:15:00Z")],
        );
    }

    #[test]
    fn patterns_are_checked_before_a_file_is_read() {
        for (pattern, zone, field) in [
            ("%Q", None, Some("occurred_at.pattern")),
            ("%Y-%m-%d", Some(Zone::UTC), Some("occurred_at.pattern")),
            ("%Y-%m-%d %H:%M:%S", None, Some("occurred_at.time_zone")),
            ("%Y-%m-%d %H:%M:%S %z", Some(Zone::UTC), Some("occurred_at.time_zone")),
            ("%Y-%m-%d %H:%M:%S %z", None, None),
            ("%Y-%m-%d %H:%M:%S", Some(Zone::UTC), None),
        ] {
            let mapping = OccurredAt::Pattern {
                column: "t".to_owned(),
                pattern: pattern.to_owned(),
                time_zone: zone,
            };
            let found = check(&mapping).err().map(|error| match error {
                MappingError::Field { field, .. } => field,
                MappingError::Syntax { message } => message,
            });
            assert_eq!(found.as_deref(), field, "{pattern}");
        }
    }

    #[test]
    fn the_day_memory_agrees_with_the_zone() {
        for name in ["America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Beirut"]
        {
            let zone: Zone = name.parse().unwrap();
            let mut remembered = LocalZone::new(zone);
            for step in 0..60_000_i64 {
                let local = 1_600_000_000_000_000 + step * 1_777_000_000;
                let exact = match at_local(remembered.zone, local).unwrap() {
                    LocalResult::Single(offset) => Some(local - offset),
                    _ => None,
                };
                assert_eq!(remembered.micros(local, &"x").ok(), exact, "{name} {local}");
            }
        }
    }
}
