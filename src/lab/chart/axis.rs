//! Round numbers and times for the axes of a chart.

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it stands: 0 at the lower or left end, 1 at the other.
    pub position: f64,
    /// What stands beside it.
    pub label: String,
}

/// The most marks an axis can have.
const TICKS_MAXIMUM: usize = 50;

/// Marks at round numbers between `low` and `high`, about `count` of them.
pub fn number_ticks(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || count == 0 {
        return Vec::new();
    }
    let rough = span / count as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(rough);
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let first = (low / step).ceil();
    (0..TICKS_MAXIMUM)
        .map(|place| (first + place as f64) * step)
        .take_while(|value| *value <= high + step * 1e-9)
        .map(|value| Tick {
            position: (value - low) / span,
            label: number_label(value, step, decimals),
        })
        .collect()
}

/// The steps between marks of time, in microseconds: 1 ms to a day, each a part of the next ones.
const TIME_STEPS: [u64; 22] = [
    1_000,
    5_000,
    10_000,
    50_000,
    100_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    15_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
    600_000_000,
    1_800_000_000,
    3_600_000_000,
    7_200_000_000,
    21_600_000_000,
    43_200_000_000,
    86_400_000_000,
];

/// The step for about `count` marks over so many microseconds.
pub(super) fn time_step(span: u64, count: usize) -> u64 {
    let rough = span / (count.max(1) as u64);
    let step = TIME_STEPS.into_iter().find(|step| *step >= rough);
    // Beyond a month: whole days.
    step.unwrap_or_else(|| rough.div_ceil(86_400_000_000) * 86_400_000_000)
}

fn number_label(value: f64, step: f64, decimals: usize) -> String {
    if value == 0.0 || value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    if value.abs() >= 1e9 || step < 1e-6 {
        return format!("{value:.2e}");
    }
    format!("{value:.decimals$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let ticks = number_ticks(low, high, 5).into_iter();
        ticks.map(|tick| tick.label).collect()
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(labels(0.0, 10.0), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(-1.2, 1.3), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(21.51, 21.58), ["21.52", "21.54", "21.56", "21.58"]);
        assert_eq!(labels(1e12, 3e12).len(), 5);
        for (low, high) in [
            (1.0, 1.0),
            (2.0, 1.0),
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
        ] {
            assert_eq!(labels(low, high), [""; 0]);
        }
        assert_eq!(time_step(60_000_000, 6), 10_000_000);
        assert_eq!(time_step(u64::MAX, 6) % 86_400_000_000, 0);
    }

    proptest! {
        #[test]
        fn marks_stand_on_the_axis_in_order(low in -1e9..1e9_f64, span in 1e-3..1e9_f64, count in 1_usize..20) {
            let ticks = number_ticks(low, low + span, count);
            prop_assert!(ticks.len() <= 2 * count + 2);
            for pair in ticks.windows(2) {
                prop_assert!(pair[0].position < pair[1].position);
            }
            for tick in ticks {
                prop_assert!((-1e-6..=1.0 + 1e-6).contains(&tick.position), "{:?}", tick);
            }
        }
    }
}
