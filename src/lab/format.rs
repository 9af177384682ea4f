//! Numbers, sizes and times as people read them.

use core::time::Duration;

use crate::time::Instant;

/// A whole number with a comma between the thousands: `18,204`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes, exact: `1 byte`, `4,096 bytes`.
pub fn exact_bytes(number: u64) -> String {
    let unit = if number == 1 { " byte" } else { " bytes" };
    count(number) + unit
}

/// A number of bytes in the unit that suits it, in steps of 1,000: `812 bytes`, `3.1 MB`.
pub fn bytes(number: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000, " kB"),
        (1_000_000, " MB"),
        (1_000_000_000, " GB"),
        (1_000_000_000_000, " TB"),
    ];
    if number < 1_000 {
        return exact_bytes(number);
    }
    let mut text = String::new();
    for (size, unit) in UNITS {
        let tenths = rounded_tenths(number, size);
        text = tenths_text(tenths) + unit;
        // 999,960 is not "1000.0 kB" but "1.0 MB".
        if tenths < 10_000 {
            break;
        }
    }
    text
}

/// How long something has lasted: `00:12`, `59:59`, `1:02:03`. Parts of a second are left out.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity(8);
    if hours > 0 {
        text.push_str(&hours.to_string());
        text.push(':');
    }
    push_padded(&mut text, minutes, 2);
    text.push(':');
    push_padded(&mut text, seconds, 2);
    text
}

/// A short span such as a round trip: `850 µs`, `12.3 ms`, `1.2 s`, above a minute `01:05`.
pub fn short_duration(span: Duration) -> String {
    let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    match micros {
        0..1_000 => micros.to_string() + " µs",
        1_000..999_950 => tenths_text(rounded_tenths(micros, 1_000)) + " ms",
        999_950..59_950_000 => tenths_text(rounded_tenths(micros, 1_000_000)) + " s",
        _ => duration(span),
    }
}

/// Events per second: `0/s`, `3.4/s`, `120/s`, `1,204/s`. What is not a number of 0 or more counts
/// as 0.
pub fn rate(per_second: f64) -> String {
    let number = if per_second.is_finite() {
        per_second.max(0.0)
    } else {
        0.0
    };
    let tenths = (number * 10.0).round() as u64;
    let text = if tenths == 0 || tenths >= 1_000 {
        count(number.round() as u64)
    } else {
        tenths_text(tenths)
    };
    text + "/s"
}

/// Turns the lab's time into the time on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// Milliseconds from the beginning of 1970 (UTC) to [`Instant::ORIGIN`].
    pub origin_unix_milliseconds: u64,
    /// Minutes that local time is ahead of UTC; in the browser, `-getTimezoneOffset()`.
    pub minutes_ahead_of_utc: i32,
}

impl WallClock {
    /// The local time of day to the millisecond: `14:03:22.417`.
    pub fn time_of_day(self, instant: Instant) -> String {
        let (_, milliseconds) = self.day_and_milliseconds(instant);
        let mut text = String::with_capacity(12);
        push_padded(&mut text, milliseconds / 3_600_000, 2);
        text.push(':');
        push_padded(&mut text, milliseconds / 60_000 % 60, 2);
        text.push(':');
        push_padded(&mut text, milliseconds / 1_000 % 60, 2);
        text.push('.');
        push_padded(&mut text, milliseconds % 1_000, 3);
        text
    }

    /// The local date: `2026-11-21`.
    pub fn date(self, instant: Instant) -> String {
        let (day, _) = self.day_and_milliseconds(instant);
        let (year, month, day) = civil_date(day);
        let mut text = String::with_capacity(10);
        push_padded(&mut text, year, 4);
        text.push('-');
        push_padded(&mut text, month, 2);
        text.push('-');
        push_padded(&mut text, day, 2);
        text
    }

    /// Local days since the beginning of 1970.
    pub(super) fn local_day(self, instant: Instant) -> u64 {
        self.day_and_milliseconds(instant).0
    }

    /// Local days since the beginning of 1970, and milliseconds since midnight.
    fn day_and_milliseconds(self, instant: Instant) -> (u64, u64) {
        const DAY: u64 = 86_400_000;
        let utc = self
            .origin_unix_milliseconds
            .saturating_add(instant.as_micros() / 1_000);
        let shift = i64::from(self.minutes_ahead_of_utc) * 60_000;
        let local = utc.saturating_add_signed(shift);
        (local / DAY, local % DAY)
    }
}

/// `number` / `size` in tenths, rounded half up.
fn rounded_tenths(number: u64, size: u64) -> u64 {
    let tenths = (u128::from(number) * 10 + u128::from(size) / 2) / u128::from(size);
    u64::try_from(tenths).unwrap_or(u64::MAX)
}

fn tenths_text(tenths: u64) -> String {
    let mut text = count(tenths / 10);
    text.push('.');
    push_padded(&mut text, tenths % 10, 1);
    text
}

fn push_padded(text: &mut String, number: u64, width: usize) {
    let digits = number.to_string();
    for _ in digits.len()..width {
        text.push('0');
    }
    text.push_str(&digits);
}

/// Year, month and day of a day counted from the beginning of 1970.
///
/// The year is taken to begin in March, so that the leap day is its last and months follow one
/// straight line: 153 days for every five of them.
fn civil_date(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_IN_400_YEARS: u64 = 146_097;
    /// From the first of March of the year 0 to the beginning of 1970.
    const DAYS_BEFORE_1970: u64 = 719_468;
    let days = days_since_1970 + DAYS_BEFORE_1970;
    let era = days / DAYS_IN_400_YEARS;
    let day_of_era = days % DAYS_IN_400_YEARS;
    let leap_days = day_of_era / 1_460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next_year) = match month_from_march {
        0..10 => (month_from_march + 3, 0),
        _ => (month_from_march - 9, 1),
    };
    (era * 400 + year_of_era + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_commas() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (18_204, "18,204"),
            (123_456, "123,456"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn sizes_take_the_unit_that_suits_them() {
        for (number, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (4_096, "4.1 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (3_149_999, "3.1 MB"),
            (268_435_455, "268.4 MB"),
            (2_000_000_000, "2.0 GB"),
            (7_000_000_000_000_000, "7,000.0 TB"),
        ] {
            assert_eq!(bytes(number), text);
        }
        assert_eq!(exact_bytes(4_096), "4,096 bytes");
        assert!(bytes(u64::MAX).ends_with(" TB"));
    }

    #[test]
    fn durations() {
        for (seconds, text) in [
            (0, "00:00"),
            (12, "00:12"),
            (3_599, "59:59"),
            (3_723, "1:02:03"),
            (100_000, "27:46:40"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
        for (micros, text) in [
            (0, "0 µs"),
            (850, "850 µs"),
            (1_000, "1.0 ms"),
            (12_345, "12.3 ms"),
            (999_949, "999.9 ms"),
            (999_950, "1.0 s"),
            (1_249_999, "1.2 s"),
            (59_949_999, "59.9 s"),
            (59_950_000, "00:59"),
            (65_000_000, "01:05"),
        ] {
            assert_eq!(short_duration(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn rates() {
        for (per_second, text) in [
            (0.0, "0/s"),
            (0.04, "0/s"),
            (0.05, "0.1/s"),
            (3.44, "3.4/s"),
            (99.94, "99.9/s"),
            (99.96, "100/s"),
            (1_203.7, "1,204/s"),
            (-1.0, "0/s"),
            (f64::NAN, "0/s"),
            (f64::INFINITY, "0/s"),
        ] {
            assert_eq!(rate(per_second), text, "{per_second}");
        }
    }

    #[test]
    fn the_wall_clock_knows_zones_dates_and_leap_days() {
        // 2026-11-21 23:30:15.250 UTC.
        let utc = WallClock {
            origin_unix_milliseconds: 1_795_303_815_250,
            minutes_ahead_of_utc: 0,
        };
        let later = Instant::from_micros(1_999);
        assert_eq!(utc.time_of_day(Instant::ORIGIN), "23:30:15.250");
        assert_eq!(utc.time_of_day(later), "23:30:15.251");
        assert_eq!(utc.date(Instant::ORIGIN), "2026-11-21");
        let vienna = WallClock {
            minutes_ahead_of_utc: 60,
            ..utc
        };
        assert_eq!(vienna.time_of_day(Instant::ORIGIN), "00:30:15.250");
        assert_eq!(vienna.date(Instant::ORIGIN), "2026-11-22");
        let new_york = WallClock {
            minutes_ahead_of_utc: -300,
            ..utc
        };
        assert_eq!(new_york.time_of_day(Instant::ORIGIN), "18:30:15.250");

        for (day, date) in [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (364, (1970, 12, 31)),
            (365, (1971, 1, 1)),
            (11_016, (2000, 2, 29)),
            (19_782, (2024, 2, 29)),
            (19_783, (2024, 3, 1)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(civil_date(day), date, "day {day}");
        }
    }
}
