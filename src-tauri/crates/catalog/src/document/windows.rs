//! Times of the week at which a rate applies.

use std::fmt;
use std::str::FromStr;

use super::*;

/// A time of day in whole minutes, `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

/// Minutes in a day.
pub const DAY_MINUTES: u16 = 24 * 60;

impl TimeOfDay {
    /// Minutes since midnight.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }
}

/// The text is not a time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time of day: write it as \"08:30\", from \"00:00\" to \"24:00\"")]
pub struct TimeOfDayError {
    /// The text as given.
    pub text: String,
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;
    fn from_str(text: &str) -> Result<Self, TimeOfDayError> {
        let wrong = || TimeOfDayError { text: text.to_owned() };
        let two_digits = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| digits).ok_or_else(wrong)
        };
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
        let minutes = hour * 60 + minute;
        if minute < 60 && minutes <= DAY_MINUTES { Ok(Self(minutes)) } else { Err(wrong()) }
    }
}
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
impl JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A time of day in the entity's zone, such as `08:30`; `24:00` ends a day.",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$",
        })
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Times of the week, in the entity's zone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeWindow {
    /// Days on which the window begins; every day if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// When it begins; `00:00` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<TimeOfDay>,
    /// When it ends, exclusive; `24:00` if absent. Not after `from` means on the next day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<TimeOfDay>,
}

impl TimeWindow {
    /// The minute at which it begins on its day.
    #[must_use]
    pub fn start(&self) -> u16 {
        self.from.map_or(0, TimeOfDay::minutes)
    }

    /// The minute at which it ends: on its day, or on the next if that is not after the start.
    #[must_use]
    pub fn end(&self) -> u16 {
        self.until.map_or(DAY_MINUTES, TimeOfDay::minutes)
    }

    fn begins_on(&self, weekday: usize) -> bool {
        self.weekdays.is_empty() || self.weekdays.iter().any(|day| *day as usize == weekday)
    }

    /// Whether it holds at a minute of a day of the week, counted from Monday as 0.
    #[must_use]
    pub fn holds(&self, weekday: usize, minute: u16) -> bool {
        let (start, end) = (self.start(), self.end());
        if start < end {
            return self.begins_on(weekday) && (start..end).contains(&minute);
        }
        let yesterday = (weekday + 6) % 7;
        (self.begins_on(weekday) && minute >= start) || (self.begins_on(yesterday) && minute < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(weekdays: &[Weekday], from: &str, until: &str) -> TimeWindow {
        let time = |text: &str| Some(text).filter(|t| !t.is_empty()).map(|t| t.parse().unwrap());
        TimeWindow { weekdays: weekdays.to_vec(), from: time(from), until: time(until) }
    }

    #[test]
    fn a_window_is_half_open_and_may_run_over_midnight() {
        let day = window(&[Weekday::Mon], "08:00", "20:00");
        assert!(
            !day.holds(0, 479) && day.holds(0, 480) && day.holds(0, 1199) && !day.holds(0, 1200)
        );
        assert!(!day.holds(1, 600));
        // From Friday evening to Saturday morning; Saturday evening belongs to no Friday.
        let night = window(&[Weekday::Fri], "22:00", "06:00");
        assert!(night.holds(4, 1320) && night.holds(5, 359));
        assert!(!night.holds(5, 360) && !night.holds(5, 1380) && !night.holds(4, 100));
        let weekend = window(&[Weekday::Sat, Weekday::Sun], "", "");
        assert!(weekend.holds(5, 0) && weekend.holds(6, 1439) && !weekend.holds(0, 0));
    }

    #[test]
    fn times_of_day_read_and_write() {
        for text in ["00:00", "08:30", "24:00"] {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
        }
        for text in ["8:30", "24:01", "12:60", "noon", "+1:00", ""] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }
}
