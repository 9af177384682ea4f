//! What the screen draws of a chart.

use core::ops::Range;
use core::time::Duration;

use super::axis::{Tick, number_ticks, time_step};
use super::points::Column;
use super::{SERIES_MAXIMUM, Series};
use crate::lab::export::IMPORTED;
use crate::lab::keys::SeriesKey;
use crate::lab::payload::{JsonPath, NumberAt, numbers_in};
use crate::lab::refusal::{FormCause, RefusalCause};
use crate::lab::settings::TimeView;
use crate::lab::trace::Sequence;
use crate::lab::{ClientKey, Lab, Refusal, format};
use crate::time::Instant;

/// How many numbers of a message are offered.
const NUMBERS_MAXIMUM: usize = 200;
/// About how many marks each axis has.
const TICKS: usize = 6;
/// The shortest time that can be seen, in microseconds.
const SHORTEST: u64 = 1_000;
/// The longest, in microseconds: ten years.
const LONGEST: u64 = 315_360_000_000_000;

/// The part of time that a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartWindow {
    /// Where it ends, where it stands still; `None`: it goes along with the time.
    pub end: Option<Instant>,
    /// How long it is.
    pub span: Duration,
}

impl Default for ChartWindow {
    /// The last minute, going along.
    fn default() -> Self {
        Self {
            end: None,
            span: Duration::from_secs(60),
        }
    }
}

impl ChartWindow {
    /// From when to when it is, at the time `now`.
    pub fn range(&self, now: Instant) -> Range<Instant> {
        let end = self.end.unwrap_or(now).as_micros();
        let span = self.micros();
        // Before the lab was opened there is nothing.
        let start = end.saturating_sub(span);
        Instant::from_micros(start)..Instant::from_micros(start.saturating_add(span))
    }

    /// Stands still, showing what it shows now.
    #[must_use]
    pub fn pause(self, now: Instant) -> Self {
        let end = Some(self.end.unwrap_or(now));
        Self { end, ..self }
    }

    /// Goes along with the time.
    #[must_use]
    pub const fn follow(self) -> Self {
        Self { end: None, ..self }
    }

    /// Shows `factor` times as much time (0.5: half as much), with what is at `at` (0: left, 1: right)
    /// staying where it is. A window that goes along goes on doing so.
    #[must_use]
    pub fn zoom(self, factor: f64, at: f64, now: Instant) -> Self {
        let factor = if factor.is_finite() { factor } else { 1.0 };
        let span = (self.micros() as f64 * factor) as u64;
        let span = span.clamp(SHORTEST, LONGEST);
        let end = self.end.map(|_| {
            let range = self.range(now);
            let fixed = range.start.as_micros() as f64 + self.micros() as f64 * at.clamp(0.0, 1.0);
            let end = fixed + span as f64 * (1.0 - at.clamp(0.0, 1.0));
            Instant::from_micros(end.max(0.0) as u64)
        });
        let span = Duration::from_micros(span);
        Self { end, span }
    }

    /// Moves by a part of its length, to the left where that is negative, and stands still there; up
    /// to the time `now`.
    #[must_use]
    pub fn pan(self, part: f64, now: Instant) -> Self {
        let end = self.end.unwrap_or(now).as_micros() as f64;
        let moved = end + self.micros() as f64 * if part.is_finite() { part } else { 0.0 };
        let latest = now.as_micros().max(self.micros()) as f64;
        let end = Instant::from_micros(moved.clamp(0.0, latest.max(end)) as u64);
        Self {
            end: Some(end),
            ..self
        }
    }

    fn micros(&self) -> u64 {
        let micros = u64::try_from(self.span.as_micros()).unwrap_or(u64::MAX);
        micros.clamp(SHORTEST, LONGEST)
    }
}

/// One line of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesView {
    /// Its key.
    pub key: SeriesKey,
    /// Topic Name.
    pub topic: String,
    /// Where in the payload's JSON; empty where the payload is the number.
    pub path: String,
    /// The latest value.
    pub last: Option<f64>,
    /// How many points there are.
    pub points: u64,
    /// How many older points have gone.
    pub dropped: u64,
    /// How many messages of the topic had no such number.
    pub without: u64,
    /// Whether older messages are still being looked at.
    pub is_searching: bool,
    /// What each column of pixels shows.
    pub columns: Vec<Option<Column>>,
    /// The values right before and right after what is seen, for lines that lead out of it.
    pub around: (Option<f64>, Option<f64>),
}

/// A chart, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartView {
    /// The lines, in the order in which they were added.
    pub series: Vec<SeriesView>,
    /// The lower and the upper end of the axis of values.
    pub values: Range<f64>,
    /// The marks of the axis of values, from below.
    pub value_ticks: Vec<Tick>,
    /// From when to when.
    pub time: Range<Instant>,
    /// The marks of the axis of time, from the left.
    pub time_ticks: Vec<Tick>,
}

impl Lab {
    /// The numbers in a message that could be drawn.
    pub fn numbers_of(&self, client: ClientKey, sequence: Sequence) -> Vec<NumberAt> {
        let trace = self.trace_of(client);
        let payload = trace.and_then(|trace| trace.get(sequence)?.payload());
        payload.map_or_else(Vec::new, |payload| numbers_in(payload, NUMBERS_MAXIMUM))
    }

    /// The chart of a client in `width` columns of pixels. Costs what the columns cost.
    pub fn chart(&self, client: ClientKey, window: &ChartWindow, width: usize) -> ChartView {
        let time = window.range(self.chart_now(client));
        let messages = self.messages_of(client);
        let series: Vec<SeriesView> = messages
            .map_or(&[][..], |messages| messages.series())
            .iter()
            .map(|series| SeriesView {
                key: series.key,
                topic: series.topic.clone(),
                path: series
                    .path
                    .as_ref()
                    .map_or_else(String::new, JsonPath::to_string),
                last: series.points.last(),
                points: series.points.len() as u64,
                dropped: series.points.dropped(),
                without: series.without,
                is_searching: messages.is_some_and(|m| series.has_work(m.base(false))),
                columns: series.points.columns(&time, width.min(WIDTH_MAXIMUM)),
                around: series.points.around(&time),
            })
            .collect();
        let values = value_range(&series);
        ChartView {
            value_ticks: number_ticks(values.start, values.end, TICKS),
            values,
            time_ticks: self.time_ticks(client, &time),
            time,
            series,
        }
    }

    /// From the first to the last point of all series of a client: what *show all* shows.
    pub fn chart_span(&self, client: ClientKey) -> Option<ChartWindow> {
        let series = self.messages_of(client)?.series();
        let spans = || series.iter().filter_map(|series| series.points.span());
        let first = spans().map(|(first, _)| first).min()?;
        let last = spans().map(|(_, last)| last).max()?;
        // The end itself is not seen.
        let end = Instant::from_micros(last.as_micros().saturating_add(1));
        Some(ChartWindow {
            end: Some(end),
            span: end.saturating_since(first),
        })
    }

    /// The time that a window goes along with: now, or the last message of a file.
    pub fn chart_now(&self, client: ClientKey) -> Instant {
        if client != IMPORTED {
            return self.now();
        }
        let trace = self.trace_of(client);
        let newest = self
            .messages_of(client)
            .and_then(|messages| messages.newest());
        let newest = newest.and_then(|newest| trace?.get(newest));
        newest.map_or(self.now(), |record| record.time())
    }

    pub(in crate::lab) fn add_series(
        &mut self,
        client: ClientKey,
        topic: String,
        path: Option<JsonPath>,
    ) -> Result<(), Refusal> {
        let key = SeriesKey::new(self.series_keys.next());
        let series = self.messages_mut(client)?.series_mut();
        if series
            .iter()
            .any(|own| own.topic == topic && own.path == path)
        {
            return Err(Refusal::new(RefusalCause::AlreadyDrawn));
        }
        if series.len() >= SERIES_MAXIMUM {
            return Err(Refusal::new(RefusalCause::InForm(FormCause::TooMany {
                what: "series",
                maximum: SERIES_MAXIMUM,
            })));
        }
        series.push(Series::new(key, topic, path));
        Ok(())
    }

    fn time_ticks(&self, client: ClientKey, time: &Range<Instant>) -> Vec<Tick> {
        let (start, end) = (time.start.as_micros(), time.end.as_micros());
        let span = end.saturating_sub(start).max(1);
        let step = time_step(span, TICKS);
        // Round on the clock that is shown.
        let clock = self.clock_of(client);
        let shift = match self.settings().time_view {
            TimeView::Elapsed => 0,
            TimeView::Utc => clock.origin_unix_milliseconds.saturating_mul(1_000),
            TimeView::Clock => {
                let minutes = i64::from(clock.minutes_ahead_of_utc) * 60_000_000;
                let origin = clock.origin_unix_milliseconds.saturating_mul(1_000);
                origin.saturating_add_signed(minutes)
            }
        };
        let first = start.saturating_add(shift).div_ceil(step);
        (first..)
            .map(|number| number.saturating_mul(step).saturating_sub(shift))
            .take_while(|at| *at <= end)
            .take(2 * TICKS + 2)
            .map(|at| {
                let label = self.shown_time_of(client, Instant::from_micros(at));
                Tick {
                    position: at.saturating_sub(start) as f64 / span as f64,
                    label: without_zeros(label, step),
                }
            })
            .collect()
    }
}

/// More columns than any screen has.
const WIDTH_MAXIMUM: usize = 10_000;

/// Whole seconds without their milliseconds.
fn without_zeros(label: String, step: u64) -> String {
    if step.is_multiple_of(1_000_000)
        && let Some((time, _)) = label.split_once('.')
    {
        let unit = if label.ends_with('s') { " s" } else { "" };
        return time.to_owned() + unit;
    }
    label
}

/// From the lowest to the highest that is seen, with a little room.
fn value_range(series: &[SeriesView]) -> Range<f64> {
    let columns = series
        .iter()
        .flat_map(|series| series.columns.iter().flatten());
    let (low, high) = columns.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), column| {
        (low.min(column.low), high.max(column.high))
    });
    if low > high {
        return 0.0..1.0;
    }
    let span = high - low;
    let room = match span {
        // One value: as much around it as it is large.
        0.0 if low == 0.0 => 1.0,
        0.0 => low.abs() / 10.0,
        // Two values too far apart to be told from infinity.
        span if !span.is_finite() => 0.0,
        span => span / 20.0,
    };
    low - room..high + room
}

impl ChartView {
    /// What each line shows at a place between 0, the left, and 1, the right: the latest value there or
    /// before it; `None` where a line has not begun.
    pub fn values_at(&self, place: f64) -> Vec<Option<f64>> {
        let value = |series: &SeriesView| {
            let column = (place.clamp(0.0, 1.0) * series.columns.len() as f64) as usize;
            let mut before = series.columns.iter().take(column + 1).rev();
            before.find_map(|column| column.map(|column| column.last))
        };
        self.series.iter().map(value).collect()
    }

    /// The time at such a place.
    fn time_at(&self, place: f64) -> Instant {
        let (start, end) = (self.time.start.as_micros(), self.time.end.as_micros());
        let length = end.saturating_sub(start) as f64;
        Instant::from_micros(start.saturating_add((length * place.clamp(0.0, 1.0)) as u64))
    }
}

impl Lab {
    /// The time at a place of a chart between 0, the left, and 1, the right, as the list shows times.
    pub fn chart_time(&self, client: ClientKey, chart: &ChartView, place: f64) -> String {
        self.shown_time_of(client, chart.time_at(place))
    }
}

impl SeriesView {
    /// The lowest and the highest value that is seen; `None` where no point is.
    pub fn seen(&self) -> Option<(f64, f64)> {
        let mut columns = self.columns.iter().flatten();
        let first = columns.next()?;
        let ends = (first.low, first.high);
        Some(columns.fold(ends, |(low, high), column| {
            (low.min(column.low), high.max(column.high))
        }))
    }

    /// `sensors/1 · temperature: 21.5`, for the legend.
    pub fn words(&self) -> String {
        let mut words = self.topic.clone();
        if !self.path.is_empty() {
            words.push_str(&format!(" · {}", self.path));
        }
        if let Some(last) = self.last {
            words.push_str(&format!(": {last}"));
        }
        if self.dropped > 0 {
            let dropped = format::count(self.dropped);
            words.push_str(&format!(" ({dropped} older points dropped)"));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(range: Range<Instant>) -> (f64, f64) {
        let seconds = |at: Instant| at.as_micros() as f64 / 1e6;
        (seconds(range.start), seconds(range.end))
    }

    #[test]
    fn a_place_is_read_as_the_latest_value_before_it() {
        let column = |value| {
            Some(Column {
                low: value - 1.0,
                high: value + 2.0,
                first: value - 1.0,
                last: value,
            })
        };
        let series = |columns| SeriesView {
            key: SeriesKey::new(1),
            topic: "a".to_owned(),
            path: String::new(),
            last: None,
            points: 2,
            dropped: 0,
            without: 0,
            is_searching: false,
            columns,
            around: (None, None),
        };
        let chart = ChartView {
            series: vec![
                series(vec![None, column(5.0), None, column(7.0)]),
                series(Vec::new()),
            ],
            values: 0.0..10.0,
            value_ticks: Vec::new(),
            time: Instant::from_millis(1_000)..Instant::from_millis(5_000),
            time_ticks: Vec::new(),
        };
        let read = |place| chart.values_at(place).first().copied().flatten();
        assert_eq!(
            [0.1, 0.3, 0.6, 1.0, 9.0].map(read),
            [None, Some(5.0), Some(5.0), Some(7.0), Some(7.0)]
        );
        assert_eq!(chart.values_at(0.5), [Some(5.0), None]);
        assert_eq!(chart.time_at(0.25), Instant::from_millis(2_000));
        let seen: Vec<_> = chart.series.iter().map(SeriesView::seen).collect();
        assert_eq!(seen, [Some((4.0, 9.0)), None]);
    }

    #[test]
    fn the_window_zooms_pans_pauses_and_follows() {
        let now = Instant::from_millis(1_000_000);
        let window = ChartWindow::default();
        assert_eq!(seconds(window.range(now)), (940.0, 1_000.0));
        let near = window.zoom(0.5, 0.2, now);
        assert_eq!(
            (near.end, seconds(near.range(now))),
            (None, (970.0, 1_000.0))
        );
        let paused = window.pause(now);
        let later = Instant::from_millis(2_000_000);
        assert_eq!(seconds(paused.range(later)), (940.0, 1_000.0));
        // What is under the pointer stays there.
        let near = paused.zoom(0.5, 0.25, later);
        assert_eq!(seconds(near.range(later)), (947.5, 977.5));
        assert_eq!(
            seconds(paused.pan(-0.5, later).range(later)),
            (910.0, 970.0)
        );
        assert_eq!(seconds(window.pan(3.0, now).range(now)), (940.0, 1_000.0));
        assert_eq!(seconds(near.follow().range(later)), (1_970.0, 2_000.0));
        assert_eq!(window.zoom(0.0, 0.0, now).span, Duration::from_millis(1));
        assert_eq!(seconds(window.range(Instant::ORIGIN)), (0.0, 60.0));
        let wild = window
            .pause(now)
            .zoom(f64::NAN, 9.0, now)
            .pan(f64::NAN, now);
        assert_eq!(seconds(wild.range(now)), (940.0, 1_000.0));
    }
}
