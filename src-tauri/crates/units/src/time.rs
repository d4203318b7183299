//! Instants, days and the legal entity's time zone.
//!
//! Instants are UTC with microseconds. Days, months and fiscal periods exist only in a legal
//! entity's zone, never in the machine's.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Timelike,
    Utc,
};
use serde::{Deserialize, Serialize};

/// A calendar date. Which instants belong to it depends on the [`Zone`].
pub type Date = NaiveDate;

/// Why a text is not an instant, a date or a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an RFC 3339 instant.
    #[error(
        "{text:?} is not an instant: write it like 2026-03-31T22:00:00Z or 2026-04-01T00:00:00+02:00"
    )]
    Instant {
        /// The text as given.
        text: String,
    },
    /// Neither a date nor an instant.
    #[error("{text:?} is neither a date (2026-04-01) nor an instant (2026-04-01T00:00:00Z)")]
    When {
        /// The text as given.
        text: String,
    },
    /// Not a date.
    #[error("{text:?} is not a date: write it like 2026-04-01")]
    Day {
        /// The text as given.
        text: String,
    },
    /// Not a month.
    #[error("{text:?} is not a month: write it like 2026-04")]
    Month {
        /// The text as given.
        text: String,
    },
    /// Written like a date, but on no calendar.
    #[error("there is no such day as {day}")]
    NoSuchDay {
        /// The day as given.
        day: String,
    },
    /// Not a zone of the IANA time zone database.
    #[error("{text:?} is not a time zone: use an IANA name such as Europe/Amsterdam or UTC")]
    Zone {
        /// The text as given.
        text: String,
    },
    /// Outside the years 1970 to 9999 that the books can hold.
    #[error("the date is outside the years 1970 to 9999")]
    OutOfRange,
}

/// Whether a text begins like a date does, 2026-04-01, whatever day that may be.
fn begins_like_a_day(text: &str) -> bool {
    let shape = b"0000-00-00";
    let bytes = text.as_bytes();
    bytes.len() >= shape.len()
        && bytes.iter().zip(shape).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

/// What is wrong with a text that is no date and no instant: a day that no calendar has, where that is it.
fn no_such_day(text: &str, otherwise: TimeError) -> TimeError {
    match text.get(..10).filter(|day| begins_like_a_day(text) && day.parse::<Date>().is_err()) {
        Some(day) => TimeError::NoSuchDay { day: day.to_owned() },
        None => otherwise,
    }
}

/// Reads a date, such as 2026-04-01.
///
/// # Errors
/// [`TimeError::Day`] for another text, [`TimeError::NoSuchDay`] for one like 2026-02-30.
pub fn read_day(text: &str) -> Result<Date, TimeError> {
    let wrong = || no_such_day(text, TimeError::Day { text: text.to_owned() });
    text.parse().map_err(|_| wrong())
}

/// Reads a date of a document: its errors are those of [`read_day`].
///
/// # Errors
/// As [`read_day`].
pub fn day<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Date, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
    read_day(&text).map_err(serde::de::Error::custom)
}

/// Reads a date of a document that may be absent.
///
/// # Errors
/// As [`read_day`].
pub fn day_or_none<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Date>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(d)?;
    text.map(|text| read_day(&text).map_err(serde::de::Error::custom)).transpose()
}

/// A point in time: microseconds since 1970-01-01T00:00:00Z, between the years 1970 and 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

const MICROS_MAX: i64 = 253_402_300_799_999_999;

impl Instant {
    /// The earliest instant.
    pub const MIN: Instant = Instant(0);
    /// The latest instant, 9999-12-31T23:59:59.999999Z.
    pub const MAX: Instant = Instant(MICROS_MAX);

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] before 1970 or after 9999.
    pub fn from_micros(micros: i64) -> Result<Self, TimeError> {
        if (0..=MICROS_MAX).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(TimeError::OutOfRange)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The instant of a `chrono` date and time; finer than a microsecond is cut off.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] before 1970 or after 9999.
    pub fn from_utc(at: DateTime<Utc>) -> Result<Self, TimeError> {
        Self::from_micros(at.timestamp_micros())
    }

    /// The `chrono` date and time in UTC.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl FromStr for Instant {
    type Err = TimeError;
    /// Reads RFC 3339. An offset is required: a time without a zone is not an instant.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let at = DateTime::parse_from_rfc3339(text)
            .map_err(|_| no_such_day(text, TimeError::Instant { text: text.to_owned() }))?;
        Self::from_utc(at.with_timezone(&Utc))
    }
}
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
impl schemars::JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "An instant in RFC 3339 with its offset, such as 2026-04-01T00:00:00+02:00."
        })
    }
}

/// A legal entity's time zone, from the IANA database that is compiled in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(chrono_tz::Tz::UTC);

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The day an instant falls on.
    #[must_use]
    pub fn day_of(self, at: Instant) -> Date {
        at.to_utc().with_timezone(&self.0).date_naive()
    }

    /// The first instant of a day. Where clocks skip midnight, that is the moment they skip to;
    /// where midnight happens twice, the first.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] for days outside 1970 to 9999.
    pub fn start_of_day(self, day: Date) -> Result<Instant, TimeError> {
        let midnight = day.and_time(NaiveTime::MIN);
        // No zone has ever skipped more than a day; quarter hours find every real transition.
        for quarter in 0..=96 {
            let local = midnight + chrono::TimeDelta::minutes(15 * quarter);
            match self.0.from_local_datetime(&local) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                    return Instant::from_utc(at.with_timezone(&Utc));
                }
                LocalResult::None => {}
            }
        }
        Err(TimeError::OutOfRange)
    }

    /// The day of the week, counted from Monday as 0, and the minute of the day at an instant, as a
    /// clock on the wall shows them.
    #[must_use]
    pub fn minute_of_week(self, at: Instant) -> (usize, u16) {
        let local = at.to_utc().with_timezone(&self.0);
        let weekday = local.weekday().num_days_from_monday() as usize;
        (weekday, u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0))
    }

    /// The first instant after `at` at which a clock on the wall may show one of some minutes of the
    /// day, or midnight. On a day on which clocks change, that is the next whole minute.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] beyond the year 9999.
    pub fn next_minute(self, at: Instant, minutes: &[u16]) -> Result<Instant, TimeError> {
        const MINUTE: i64 = 60_000_000;
        let day = self.day_of(at);
        let next_day = day.checked_add_days(Days::new(1)).ok_or(TimeError::OutOfRange)?;
        let (start, end) = (self.start_of_day(day)?, self.start_of_day(next_day)?);
        if end.micros() - start.micros() != 24 * 60 * MINUTE {
            return Instant::from_micros((at.micros().div_euclid(MINUTE) + 1) * MINUTE);
        }
        let shown = minutes.iter().map(|minute| start.micros() + i64::from(*minute) * MINUTE);
        let next = shown.chain([end.micros()]).filter(|shown| *shown > at.micros()).min();
        Instant::from_micros(next.unwrap_or(end.micros()))
    }

    /// The instant of the same wall-clock time `months` calendar months after `at`, clamped to the
    /// month's end, and `days` days after that.
    ///
    /// Computed from the anchor each time, so that 31 January, 28 February, 31 March does not drift.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] beyond the year 9999.
    pub fn add_calendar(self, at: Instant, months: u32, days: u32) -> Result<Instant, TimeError> {
        let local = at.to_utc().with_timezone(&self.0);
        let day = crate::period::add_months_clamped(local.date_naive(), i64::from(months))?;
        let day = day.checked_add_days(Days::new(u64::from(days))).ok_or(TimeError::OutOfRange)?;
        let wall = day.and_time(local.time());
        match self.0.from_local_datetime(&wall) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                Instant::from_utc(at.with_timezone(&Utc))
            }
            // A wall-clock time that is skipped that day: the first instant after the gap.
            LocalResult::None => {
                let start = self.start_of_day(day)?;
                let wanted = wall.time();
                let mut micros = start.micros();
                while self.day_of(Instant::from_micros(micros)?) == day
                    && Instant::from_micros(micros)?.to_utc().with_timezone(&self.0).time() < wanted
                {
                    micros += 900_000_000;
                }
                Instant::from_micros(micros)
            }
        }
    }
}

impl FromStr for Zone {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        text.parse().map(Self).map_err(|_| TimeError::Zone { text: text.to_owned() })
    }
}
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}
impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
impl schemars::JsonSchema for Zone {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Zone".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An IANA time zone name, such as Europe/Amsterdam or UTC."
        })
    }
}

/// A moment as people write it in configuration: a date means the start of that day in the
/// entity's zone; an instant means itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// The first instant of a day in the entity's zone.
    Day(Date),
    /// An exact instant.
    At(Instant),
}

impl When {
    /// The instant meant, in `zone`.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] for days outside 1970 to 9999.
    pub fn resolve(self, zone: Zone) -> Result<Instant, TimeError> {
        match self {
            Self::Day(day) => zone.start_of_day(day),
            Self::At(at) => Ok(at),
        }
    }
}
impl FromStr for When {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if text.len() == 10
            && let Ok(day) = text.parse::<NaiveDate>()
        {
            return if (1970..=9999).contains(&day.year()) {
                Ok(Self::Day(day))
            } else {
                Err(TimeError::OutOfRange)
            };
        }
        text.parse()
            .map(Self::At)
            .map_err(|_| no_such_day(text, TimeError::When { text: text.to_owned() }))
    }
}
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => f.pad(&day.to_string()),
            Self::At(at) => fmt::Display::fmt(at, f),
        }
    }
}
impl Serialize for When {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for When {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
impl schemars::JsonSchema for When {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "When".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A date such as 2026-04-01, meaning its first instant in the entity's time zone, or an instant such as 2026-04-01T00:00:00Z.",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
        })
    }
}

/// Finds the days of instants that mostly come in order, without asking the time zone each time.
#[derive(Debug, Clone)]
pub struct DayCursor {
    zone: Zone,
    start: i64,
    end: i64,
    day: Date,
}

impl DayCursor {
    /// A cursor over the days of `zone`.
    #[must_use]
    pub fn new(zone: Zone) -> Self {
        Self { zone, start: 0, end: 0, day: NaiveDate::MIN }
    }

    /// The day `at` falls on.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] at the very end of the year 9999.
    pub fn day_of(&mut self, at: Instant) -> Result<Date, TimeError> {
        if at.micros() < self.start || at.micros() >= self.end {
            self.day = self.zone.day_of(at);
            self.start = self.zone.start_of_day(self.day).map_or(0, Instant::micros);
            let next = self.day.succ_opt().ok_or(TimeError::OutOfRange)?;
            self.end = self.zone.start_of_day(next)?.micros();
        }
        Ok(self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }
    fn zone(text: &str) -> Zone {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_needs_its_offset_and_keeps_microseconds() {
        assert_eq!(at("2026-04-01T00:00:00+02:00"), at("2026-03-31T22:00:00Z"));
        assert_eq!(at("2026-01-01T00:00:00.123456Z").to_string(), "2026-01-01T00:00:00.123456Z");
        assert!("2026-04-01T00:00:00".parse::<Instant>().is_err());
        assert!("1969-12-31T23:59:59Z".parse::<Instant>().is_err());
    }

    #[test]
    fn a_day_that_no_calendar_has_is_told_from_a_text_that_is_no_date() {
        for text in ["2026-02-30", "2026-13-01", "2026-02-30T00:00:00Z"] {
            let day = &text[..10];
            let want = format!("there is no such day as {day}");
            assert_eq!(When::from_str(text).unwrap_err().to_string(), want);
            assert_eq!(read_day(day).unwrap_err().to_string(), want);
        }
        let gone = "2026-02-30T00:00:00Z".parse::<Instant>().unwrap_err();
        assert_eq!(gone, TimeError::NoSuchDay { day: "2026-02-30".to_owned() });
        for text in ["2026-02", "", "soon", "01.02.2026", "2026-02-28T25:00:00Z"] {
            assert!(matches!(When::from_str(text), Err(TimeError::When { .. })), "{text}");
            assert!(matches!(read_day(text), Err(TimeError::Day { .. })), "{text}");
        }
        assert_eq!(read_day("2024-02-29").unwrap().to_string(), "2024-02-29");
    }

    #[test]
    fn valid_through_31_march_ends_on_1_april_in_the_entitys_zone() {
        let amsterdam = zone("Europe/Amsterdam");
        let end = When::from_str("2026-04-01").unwrap().resolve(amsterdam).unwrap();
        assert_eq!(end, at("2026-03-31T22:00:00Z"));
        assert_eq!(amsterdam.day_of(at("2026-03-31T21:59:59.999999Z")).to_string(), "2026-03-31");
        assert_eq!(amsterdam.day_of(end).to_string(), "2026-04-01");
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_starts_when_the_clock_moves_on() {
        // Beirut skipped midnight on 2022-03-27; Apia had no 2011-12-30 at all.
        let beirut = zone("Asia/Beirut");
        let day = NaiveDate::from_ymd_opt(2022, 3, 27).unwrap();
        assert_eq!(beirut.start_of_day(day).unwrap(), at("2022-03-26T22:00:00Z"));
        let apia = zone("Pacific/Apia");
        let gone = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap();
        assert_eq!(apia.start_of_day(gone).unwrap(), at("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn months_are_added_from_the_anchor_and_clamped() {
        let utc = Zone::UTC;
        let anchor = at("2025-01-31T15:00:00Z");
        for (months, want) in
            [(1, "2025-02-28"), (2, "2025-03-31"), (3, "2025-04-30"), (13, "2026-02-28")]
        {
            let got = utc.add_calendar(anchor, months, 0).unwrap();
            assert_eq!(got.to_string(), format!("{want}T15:00:00Z"));
        }
        // A wall-clock time that daylight saving skips moves to the end of the gap.
        let amsterdam = zone("Europe/Amsterdam");
        let got = amsterdam.add_calendar(at("2026-02-28T01:30:00Z"), 1, 1).unwrap();
        assert_eq!(got, at("2026-03-29T01:00:00Z"));
    }

    #[test]
    fn the_cursor_agrees_with_the_zone() {
        let amsterdam = zone("Europe/Amsterdam");
        let mut cursor = DayCursor::new(amsterdam);
        for hour in 0..200 {
            let instant =
                Instant::from_micros(1_774_700_000_000_000 + hour * 3_600_000_000).unwrap();
            assert_eq!(cursor.day_of(instant).unwrap(), amsterdam.day_of(instant));
        }
    }

    #[test]
    fn zones_are_iana_names() {
        assert!(zone("UTC") == Zone::UTC);
        let message = "Mars/Olympus".parse::<Zone>().unwrap_err().to_string();
        assert!(message.contains("Europe/Amsterdam"), "{message}");
    }
}
