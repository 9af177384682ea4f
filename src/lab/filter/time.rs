//! Times as a person types them into a filter.

use crate::lab::format::WallClock;
use crate::lab::settings::TimeView;
use crate::time::Instant;

/// A text that tells no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeTextError {
    /// No time of day, with or without a date.
    #[error("this is no time; write it as 14:03, 14:03:22.5 or 2026-11-21 14:03")]
    NotATime,
    /// No number of seconds.
    #[error("this is no number of seconds since the lab was opened, such as 12.5")]
    NotSeconds,
}

/// Reads a time as the list shows it: a time of day of the day that `now` is on, or with a date
/// before it; where the list shows seconds since the lab was opened, such seconds.
///
/// Gives the first and the last microsecond that the text stands for: `14:03` is a whole minute.
pub(super) fn read_time(
    text: &str,
    clock: WallClock,
    view: TimeView,
    now: Instant,
) -> Result<(Instant, Instant), TimeTextError> {
    let text = text.trim();
    let clock = match view {
        TimeView::Clock => clock,
        TimeView::Utc => WallClock {
            minutes_ahead_of_utc: 0,
            ..clock
        },
        TimeView::Elapsed => {
            let number = text.strip_suffix('s').unwrap_or(text).trim_end();
            let (first, step) = seconds(number).ok_or(TimeTextError::NotSeconds)?;
            return Ok(span(first, step));
        }
    };
    let (day, time) = match text.split_once(' ') {
        Some((date, time)) => (read_date(date), time.trim_start()),
        None => (Some(clock.local_day(now)), text),
    };
    let day = day.ok_or(TimeTextError::NotATime)?;
    let (micros, step) = time_of_day(time).ok_or(TimeTextError::NotATime)?;
    let from_midnight = i128::from(day) * DAY + i128::from(micros);
    let origin = i128::from(clock.origin_unix_milliseconds) * 1_000;
    let shift = i128::from(clock.minutes_ahead_of_utc) * MINUTE;
    let first = from_midnight - shift - origin;
    let last = first + i128::from(step) - 1;
    let clamp = |micros: i128| Instant::from_micros(u64::try_from(micros.max(0)).unwrap_or(0));
    Ok((clamp(first), clamp(last)))
}

/// Reads `2026-11-21T14:03:22.417000Z`, as microseconds since the beginning of 1970.
pub(in crate::lab) fn read_utc(text: &str) -> Option<Instant> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (micros, _) = time_of_day(time)?;
    let days = read_date(date)?.checked_mul(86_400_000_000)?;
    Some(Instant::from_micros(days.checked_add(micros)?))
}

const MINUTE: i128 = 60_000_000;
const DAY: i128 = 86_400_000_000;

fn span(first: u64, step: u64) -> (Instant, Instant) {
    let last = first.saturating_add(step - 1);
    (Instant::from_micros(first), Instant::from_micros(last))
}

/// Microseconds since midnight, and how many the text stands for.
fn time_of_day(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.split(':');
    let (hours, minutes) = (whole(parts.next()?, 23)?, whole(parts.next()?, 59)?);
    let minute = (hours * 60 + minutes) * 60_000_000;
    let Some(rest) = parts.next() else {
        return Some((minute, 60_000_000));
    };
    let (second, step) = seconds(rest)?;
    (parts.next().is_none() && second < 60_000_000).then_some((minute + second, step))
}

/// Microseconds, and how many the last digit stands for.
fn seconds(text: &str) -> Option<(u64, u64)> {
    let (whole_text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_complete = text.contains('.') != fraction.is_empty() && fraction.len() <= 6;
    let micros = whole(whole_text, 1_000_000_000)? * 1_000_000;
    let step = 10_u64.pow(6 - u32::try_from(fraction.len()).ok().filter(|_| is_complete)?);
    let part = if fraction.is_empty() {
        0
    } else {
        whole(fraction, 999_999)? * step
    };
    Some((micros + part, step))
}

fn whole(text: &str, maximum: u64) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number)?;
    (number <= maximum).then_some(number)
}

/// Days since the beginning of 1970; the inverse of what the wall clock shows.
fn read_date(text: &str) -> Option<u64> {
    let mut parts = text.split('-');
    let year = whole(parts.next()?, 9_999).filter(|&year| year >= 1970)?;
    let month = whole(parts.next()?, 12).filter(|&month| month > 0)?;
    let day = whole(parts.next()?, 31).filter(|&day| day > 0)?;
    if parts.next().is_some() {
        return None;
    }
    // As where dates are written: the year begins in March.
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 23:30:15.250 UTC, an hour ahead.
    const VIENNA: WallClock = WallClock {
        origin_unix_milliseconds: 1_795_303_815_250,
        minutes_ahead_of_utc: 60,
    };

    fn read(text: &str, view: TimeView) -> Result<(u64, u64), TimeTextError> {
        read_time(text, VIENNA, view, Instant::from_millis(1_000))
            .map(|(first, last)| (first.as_micros(), last.as_micros()))
    }

    #[test]
    fn a_time_stands_for_as_much_as_was_typed() {
        assert_eq!(
            read("00:31", TimeView::Clock),
            Ok((44_750_000, 104_749_999))
        );
        assert_eq!(
            read("00:30:20", TimeView::Clock),
            Ok((4_750_000, 5_749_999))
        );
        assert_eq!(
            read("2026-11-22 00:30:20.5", TimeView::Clock),
            Ok((5_250_000, 5_349_999))
        );
        assert_eq!(
            read("23:30:20.5", TimeView::Utc),
            Ok((5_250_000, 5_349_999))
        );
        assert_eq!(
            read("12.5 s", TimeView::Elapsed),
            Ok((12_500_000, 12_599_999))
        );
        assert_eq!(read("12", TimeView::Elapsed), Ok((12_000_000, 12_999_999)));
        // Before the lab was opened.
        assert_eq!(read("2020-02-29 10:00", TimeView::Clock), Ok((0, 0)));
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        for day in (0..60_000).step_by(13) {
            let clock = WallClock {
                origin_unix_milliseconds: day * 86_400_000,
                minutes_ahead_of_utc: 0,
            };
            let date = clock.date(Instant::ORIGIN);
            assert_eq!(read_date(&date), Some(day), "{date}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "14",
            "14:",
            "24:00",
            "14:60",
            "14:03:60",
            "14:03:1.",
            "14:03:1.1234567",
            "+1:03",
            "2026-13-01 14:03",
            "21.11.2026 14:03",
            "now",
            "14:03:02:01",
            "1969-01-01 00:00",
        ] {
            assert_eq!(
                read(text, TimeView::Clock),
                Err(TimeTextError::NotATime),
                "{text}"
            );
        }
        for text in ["", "s", "-1", "1e3", "14:03"] {
            assert_eq!(
                read(text, TimeView::Elapsed),
                Err(TimeTextError::NotSeconds),
                "{text}"
            );
        }
    }
}
