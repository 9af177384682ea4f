//! What was measured, as a table for each scenario: ours beside the two reference pages, and the goal.

use std::fmt::Write as _;

/// The page that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// MQTT Lab, as built.
    Lab,
    /// MQTT Lab as it was built before, where one was named to compare with.
    Before,
    /// A WebSocket and a walk over the packets' headers.
    Floor,
    /// MQTT.js, counting.
    MqttJs,
}

/// One quantity: its name and its unit.
pub type Quantity = (&'static str, &'static str);

/// What one page came to in one run.
pub type Figures = Vec<(Quantity, f64)>;

/// What is to be reached.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// No more than this.
    AtMost(f64),
    /// No more than so many times the figure of that page.
    Times(Page, f64),
}

/// What became of one scenario.
#[derive(Debug)]
pub struct Outcome {
    /// Its name.
    pub name: &'static str,
    /// What it is, in words.
    pub words: String,
    /// What is to be reached.
    pub goals: Vec<(Quantity, Goal)>,
    /// All runs.
    pub runs: Vec<(Page, Figures)>,
    /// Why it was not measured, where it was not.
    pub not_measured: Option<String>,
}

impl Outcome {
    /// The scenario as a table.
    pub fn table(&self) -> String {
        let mut text = format!("\n{}: {}\n", self.name, self.words);
        if let Some(why) = &self.not_measured {
            let _ = writeln!(text, "  NOT MEASURED: {why}");
            for ((name, unit), goal) in &self.goals {
                let _ = writeln!(text, "  goal: {name} {} {unit}", self.goal_words(goal));
            }
            return text;
        }
        let _ = writeln!(
            text,
            "  {:<32} {:>9} {:>9} {:>9} {:>8} {:>9}  {}goal",
            "",
            "ours",
            "floor",
            "MQTT.js",
            "/floor",
            "/MQTT.js",
            if self.has(Page::Before) {
                "  before  /before  "
            } else {
                ""
            }
        );
        for quantity in self.quantities() {
            let own = self.median(Page::Lab, quantity);
            let floor = self.median(Page::Floor, quantity);
            let other = self.median(Page::MqttJs, quantity);
            let ratio = |to: Option<f64>| {
                own.zip(to)
                    .filter(|(_, to)| *to > 0.0)
                    .map(|(own, to)| own / to)
            };
            let goal = self.goals.iter().find(|(own, _)| *own == quantity);
            let verdict = match (goal, own) {
                (Some((_, goal)), Some(own)) => self.verdict(quantity, goal, own),
                _ => String::new(),
            };
            let (name, unit) = quantity;
            let before = self.median(Page::Before, quantity);
            let before = if self.has(Page::Before) {
                format!("{:>8} {:>8}  ", figure(before), times(ratio(before)))
            } else {
                String::new()
            };
            let line = format!(
                "  {:<32} {:>9} {:>9} {:>9} {:>8} {:>9}  {before}{verdict}",
                format!("{name} ({unit})"),
                figure(own),
                figure(floor),
                figure(other),
                times(ratio(floor)),
                times(ratio(other)),
            );
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }

    /// How many goals were reached, and how many there are.
    pub fn reached(&self) -> (usize, usize) {
        if self.not_measured.is_some() {
            return (0, self.goals.len());
        }
        let is_reached = |(quantity, goal): &&(Quantity, Goal)| {
            self.median(Page::Lab, *quantity).is_some_and(|own| {
                self.limit(*quantity, goal)
                    .is_some_and(|limit| own <= limit)
            })
        };
        let reached = self.goals.iter().filter(is_reached).count();
        (reached, self.goals.len())
    }

    fn has(&self, page: Page) -> bool {
        self.runs.iter().any(|(own, _)| *own == page)
    }

    fn quantities(&self) -> Vec<Quantity> {
        let mut all = Vec::new();
        for (_, figures) in &self.runs {
            for (quantity, _) in figures {
                if !all.contains(quantity) {
                    all.push(*quantity);
                }
            }
        }
        all
    }

    fn median(&self, page: Page, quantity: Quantity) -> Option<f64> {
        let mut values: Vec<f64> = self
            .runs
            .iter()
            .filter(|(own, _)| *own == page)
            .filter_map(|(_, figures)| figures.iter().find(|(own, _)| *own == quantity))
            .map(|(_, value)| *value)
            .collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len().checked_sub(1)? / 2;
        let (low, high) = (values[middle], values[values.len() / 2]);
        Some((low + high) / 2.0)
    }

    fn limit(&self, quantity: Quantity, goal: &Goal) -> Option<f64> {
        match goal {
            Goal::AtMost(limit) => Some(*limit),
            Goal::Times(page, times) => Some(self.median(*page, quantity)? * times),
        }
    }

    fn verdict(&self, quantity: Quantity, goal: &Goal, own: f64) -> String {
        let all = self.goals.iter().filter(|(other, _)| *other == quantity);
        let _ = goal;
        let words = all.map(|(_, goal)| {
            let verdict = match self.limit(quantity, goal) {
                Some(limit) if own <= limit => "reached",
                Some(_) => "MISSED",
                None => "not compared",
            };
            format!("{}: {verdict}", self.goal_words(goal))
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn goal_words(&self, goal: &Goal) -> String {
        match goal {
            Goal::AtMost(limit) => format!("<= {}", figure(Some(*limit))),
            Goal::Times(Page::Floor, times) => format!("<= {times} x floor"),
            Goal::Times(Page::MqttJs, times) => format!("<= {times} x MQTT.js"),
            Goal::Times(Page::Lab | Page::Before, times) => format!("<= {times} x ours"),
        }
    }
}

/// The value below which `part` of all values lie; 0 where there are none.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * part).ceil() as usize;
    let value = sorted.get(place.saturating_sub(1));
    value.copied().unwrap_or_default()
}

fn figure(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(value) if value.abs() < 1.0 => format!("{value:.3}"),
        Some(value) if value.abs() < 100.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.0}"),
    }
}

fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Quantity = ("time", "s");

    fn outcome(runs: &[(Page, f64)], goals: &[Goal]) -> Outcome {
        Outcome {
            name: "burst",
            words: String::new(),
            goals: goals.iter().map(|goal| (TIME, *goal)).collect(),
            runs: runs
                .iter()
                .map(|(page, value)| (*page, vec![(TIME, *value)]))
                .collect(),
            not_measured: None,
        }
    }

    #[test]
    fn percentiles() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.95), 95.0);
        assert_eq!(percentile(&values, 1.0), 100.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn the_median_of_all_runs_is_held_against_the_goals() {
        let runs = [
            (Page::Lab, 1.0),
            (Page::Lab, 9.0),
            (Page::Lab, 2.0),
            (Page::Floor, 1.5),
            (Page::MqttJs, 2.5),
        ];
        let goals = [
            Goal::Times(Page::MqttJs, 1.0),
            Goal::Times(Page::Floor, 1.15),
        ];
        let outcome = outcome(&runs, &goals);
        assert_eq!(outcome.reached(), (1, 2));
        let table = outcome.table();
        assert!(table.contains("<= 1 x MQTT.js: reached"), "{table}");
        assert!(table.contains("<= 1.15 x floor: MISSED"), "{table}");
        assert!(table.contains("1.33"), "{table}");
    }

    #[test]
    fn what_was_not_measured_is_not_reached() {
        let mut outcome = outcome(&[], &[Goal::AtMost(3.0)]);
        assert_eq!(outcome.reached(), (0, 1));
        outcome.not_measured = Some("there is no filter".to_owned());
        assert!(outcome.table().contains("NOT MEASURED: there is no filter"));
    }
}
