//! Runs the contestants in turn and prints the table.

use std::time::{Duration, Instant};

use crate::{BATCH, allocations};

/// One run of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    time: Duration,
    allocations: u64,
}

/// Runs `work`, which handles [`BATCH`] packets, and says what it took. What must be made ready is
/// made ready before.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, outside the product"
)]
pub fn timed(work: impl FnOnce()) -> Sample {
    let before = allocations::count();
    let start = Instant::now();
    work();
    let time = start.elapsed();
    let allocations = allocations::count() - before;
    Sample { time, allocations }
}

/// One codec at one task.
pub struct Contestant {
    /// Its name.
    pub name: &'static str,
    /// Writes a batch; `None` where there is nothing of its own to measure.
    pub encode: Option<Box<dyn FnMut() -> Sample>>,
    /// Reads a batch.
    pub decode: Box<dyn FnMut() -> Sample>,
}

/// The results of one task.
pub struct Table {
    title: String,
    rows: Vec<(&'static str, Option<Figures>, Figures)>,
}

#[derive(Clone, Copy)]
struct Figures {
    nanoseconds: f64,
    allocations: f64,
}

impl Table {
    /// Measures all contestants. The first is the one the others are held against.
    pub fn measure(title: &str, mut contestants: Vec<Contestant>, rounds: usize) -> Self {
        let mut samples: Vec<_> = contestants.iter().map(|_| (vec![], vec![])).collect();
        for round in 0..rounds + 3 {
            for (contestant, (encoded, decoded)) in contestants.iter_mut().zip(&mut samples) {
                let encode = contestant.encode.as_mut().map(|encode| encode());
                let decode = (contestant.decode)();
                // The first rounds warm up.
                if round >= 3 {
                    encoded.extend(encode);
                    decoded.push(decode);
                }
            }
        }
        let rows = contestants
            .iter()
            .zip(samples)
            .map(|(contestant, (encoded, decoded))| {
                let encoded = (!encoded.is_empty()).then(|| median(encoded));
                (contestant.name, encoded, median(decoded))
            })
            .collect();
        let title = title.to_owned();
        Self { title, rows }
    }

    /// Prints the table.
    pub fn print(&self) {
        println!("\n{}", self.title);
        println!(
            "{:<26}{:>10}{:>8}{:>8}   {:>10}{:>8}{:>8}",
            "", "encode ns", "ratio", "allocs", "decode ns", "ratio", "allocs"
        );
        let Some(&(_, our_encode, our_decode)) = self.rows.first() else {
            return;
        };
        for &(name, encode, decode) in &self.rows {
            let encode = columns(encode.zip(our_encode));
            let decode = columns(Some((decode, our_decode)));
            println!("{name:<26}{encode}   {decode}");
        }
    }
}

fn columns(figures: Option<(Figures, Figures)>) -> String {
    let Some((figures, ours)) = figures else {
        return format!("{:>10}{:>8}{:>8}", "-", "-", "-");
    };
    let ratio = figures.nanoseconds / ours.nanoseconds;
    let Figures {
        nanoseconds,
        allocations,
    } = figures;
    format!("{nanoseconds:>10.1}{ratio:>8.2}{allocations:>8.2}")
}

fn median(mut samples: Vec<Sample>) -> Figures {
    samples.sort_by_key(|sample| sample.time);
    let middle = samples[samples.len() / 2];
    let allocations: u64 = samples.iter().map(|sample| sample.allocations).sum();
    Figures {
        nanoseconds: middle.time.as_nanos() as f64 / BATCH as f64,
        allocations: allocations as f64 / (samples.len() * BATCH) as f64,
    }
}
