//! What a person at the terminal reads: headings, durations, failures.

use std::fmt;
use std::time::{Duration, Instant};

/// The result of a chore.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// Why a chore could not be done, in words for the person who asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// A failure that the output has already told in full.
    pub(crate) fn told() -> Self {
        Self(String::new())
    }

    pub(crate) fn is_told(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Measures how long a chore takes.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn read(&self) -> String {
        duration(self.0.elapsed())
    }
}

/// Starts a part of the output that can be found again when scrolling back.
pub(crate) fn heading(words: &str) {
    println!(
        "\n── {words} {}",
        "─".repeat(70_usize.saturating_sub(words.chars().count()))
    );
}

/// "0.4 s", "12 s", "3 min 5 s": as exact as a person waiting wants it.
fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", elapsed.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_exact_as_a_person_wants_them() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(12)), "12 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 5 s");
    }
}
