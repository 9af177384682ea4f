//! Waiting for a condition with a description and a deadline. Nothing in these tests sleeps for a guessed time.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

/// How long a condition may take when the test says nothing else.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Longest time one probe may take: a hung peer must end as a failed wait, not as a hung test.
const PROBE_LIMIT: Duration = Duration::from_secs(30);

/// Repeats `probe` until it answers `Ok`, at most for `limit`.
///
/// An `Err` from the probe means "not yet"; the last one is part of the error when time runs out.
pub async fn until<T>(
    what: &str,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(10);
    loop {
        let reason = match tokio::time::timeout(PROBE_LIMIT, probe()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(reason)) => reason,
            Err(_) => anyhow!("one probe took longer than {PROBE_LIMIT:?}"),
        };
        if start.elapsed() >= limit {
            return Err(anyhow!("waited {limit:?} in vain for {what}: {reason:#}"));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// [`until`] with the usual [`PATIENCE`].
pub async fn soon<T>(what: &str, probe: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    until(what, PATIENCE, probe).await
}
