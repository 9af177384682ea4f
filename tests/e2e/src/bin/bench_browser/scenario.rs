//! What is measured, and what is to be reached.

use crate::report::{Goal, Page, Quantity};

/// Messages in the rows that are about a long list.
pub const MANY: u64 = 1_000_000;
/// The budget of the trace that a page starts with, in MiB.
pub const BUDGET: f64 = 256.0;

pub const RECEIVED: Quantity = ("received", "messages");
pub const BACKLOG: Quantity = ("behind the load at its end", "ms");
pub const ELAPSED: Quantity = ("until all are counted", "s");
pub const SPEED: Quantity = ("speed", "messages/s");
pub const FRAME_50: Quantity = ("frame p50", "ms");
pub const FRAME_95: Quantity = ("frame p95", "ms");
pub const FRAME_99: Quantity = ("frame p99", "ms");
pub const FRAME_MOST: Quantity = ("longest frame", "ms");
pub const LONG_TASKS: Quantity = ("tasks over 50 ms", "count");
pub const LONGEST_TASK: Quantity = ("longest of them", "ms");
pub const KEY_95: Quantity = ("key press to next frame p95", "ms");
pub const EVENT_95: Quantity = ("key press to paint p95", "ms, in 8 ms");
pub const PAGE_MEMORY: Quantity = ("memory: WebAssembly + heap", "MiB");
pub const PROCESS_MEMORY: Quantity = ("memory of its process", "MiB");
pub const FRAME_95_JUMPS: Quantity = ("frame p95, jumping", "ms");
pub const FRAME_95_KEYS: Quantity = ("frame p95, Page Down", "ms");
pub const PROCESSOR: Quantity = ("processor", "% of a core");
pub const PROCESSOR_TIME: Quantity = ("processor time of the page", "s");
pub const SHOWN: Quantity = ("payload opened in", "ms");
pub const LISTED: Quantity = ("all listed after", "ms");
pub const FIRST_MATCHES: Quantity = ("first matches after", "ms");
pub const ALL_MATCHES: Quantity = ("all matches after", "ms");

/// One row of what is to be reached.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: &'static str,
    pub kind: Kind,
    pub pages: &'static [Page],
    pub goals: Vec<(Quantity, Goal)>,
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Messages at a steady rate; `typing`: while keys are pressed in a field.
    Paced {
        rate: u64,
        seconds: u64,
        typing: bool,
    },
    /// The same with these panes of the page open.
    PacedWith {
        rate: u64,
        seconds: u64,
        panes: &'static [&'static str],
    },
    /// A long ladder, scrolled through.
    Arrows { count: u64 },
    /// A long list, all of it in the Wire, scrolled through there.
    Packets { count: u64 },
    /// One line of so many points, all of them in sight, zoomed and moved.
    Charted { points: u64 },
    /// A tree of so many topics, all of them open: scrolled through, and under load.
    Topics {
        topics: u64,
        rate: u64,
        seconds: u64,
    },
    /// As fast as they go.
    Burst { count: u64 },
    /// A long list, scrolled through.
    Kept { count: u64 },
    /// A long list, filtered by text in this field.
    Filtered { count: u64, field: &'static str },
    /// One large message.
    Large { bytes: usize },
    /// Connected, and nothing happens.
    Idle { seconds: u64 },
}

const EACH: &[Page] = &[Page::Floor, Page::MqttJs, Page::Lab];
const OURS: &[Page] = &[Page::Lab];

/// What is pressed to have a pane with something in it, by name.
pub const TREE: &[&str] = &["Topics", "Open all"];
const WIRE: &[&str] = &["Wire", "Packets"];
const LADDER: &[&str] = &["Wire", "Ladder"];
const CHART: &[&str] = &["Chart this: value", "Zoom out"];
const BOTH: &[&str] = &[
    "Chart this: value",
    "Zoom out",
    "Show a second pane below",
    "Open all",
];
/// The field for a text that topic or payload must have.
const TEXT_FILTER: &str = "Text";
/// The button that unfolds it.
pub const UNFOLD_FILTER: &str = "Filter";

/// All rows; `quick` makes them short, for a look.
pub fn all(quick: bool) -> Vec<Scenario> {
    let smooth = [(LONG_TASKS, Goal::AtMost(0.0))];
    let steady = |limit_95: Option<f64>, limit_99: f64| {
        let mut goals = vec![
            (BACKLOG, Goal::AtMost(NO_BACKLOG)),
            (FRAME_99, Goal::AtMost(limit_99)),
        ];
        goals.extend(limit_95.map(|limit| (FRAME_95, Goal::AtMost(limit))));
        goals.extend(smooth);
        goals
    };
    let seconds = |long: u64| if quick { (long / 5).max(3) } else { long };
    let many = if quick { MANY / 10 } else { MANY };
    vec![
        Scenario {
            name: "1000",
            kind: Kind::Paced {
                rate: 1_000,
                seconds: seconds(30),
                typing: false,
            },
            pages: EACH,
            goals: steady(None, 20.0),
        },
        Scenario {
            name: "5000",
            kind: Kind::Paced {
                rate: 5_000,
                seconds: seconds(20),
                typing: false,
            },
            pages: EACH,
            goals: steady(None, 20.0),
        },
        Scenario {
            name: "20000",
            kind: Kind::Paced {
                rate: 20_000,
                seconds: seconds(10),
                typing: true,
            },
            pages: EACH,
            goals: [steady(Some(18.0), 25.0), vec![(KEY_95, Goal::AtMost(20.0))]].concat(),
        },
        Scenario {
            name: "tree",
            kind: Kind::PacedWith {
                rate: 20_000,
                seconds: seconds(10),
                panes: TREE,
            },
            pages: OURS,
            goals: [vec![(FRAME_95, Goal::AtMost(20.0))], smooth.to_vec()].concat(),
        },
        Scenario {
            name: "chart",
            kind: Kind::PacedWith {
                rate: 20_000,
                seconds: seconds(10),
                panes: CHART,
            },
            pages: OURS,
            goals: [vec![(FRAME_95, Goal::AtMost(20.0))], smooth.to_vec()].concat(),
        },
        Scenario {
            name: "both",
            kind: Kind::PacedWith {
                rate: 20_000,
                seconds: seconds(10),
                panes: BOTH,
            },
            pages: OURS,
            goals: [vec![(FRAME_95, Goal::AtMost(20.0))], smooth.to_vec()].concat(),
        },
        Scenario {
            name: "wire",
            kind: Kind::PacedWith {
                rate: 5_000,
                seconds: seconds(20),
                panes: WIRE,
            },
            pages: OURS,
            goals: steady(None, 20.0),
        },
        Scenario {
            name: "ladder",
            kind: Kind::PacedWith {
                rate: 5_000,
                seconds: seconds(20),
                panes: LADDER,
            },
            pages: OURS,
            goals: steady(None, 20.0),
        },
        Scenario {
            name: "arrows",
            kind: Kind::Arrows { count: 100_000 },
            pages: OURS,
            goals: [vec![(FRAME_95_JUMPS, Goal::AtMost(18.0))], smooth.to_vec()].concat(),
        },
        Scenario {
            name: "packets",
            kind: Kind::Packets { count: 100_000 },
            pages: OURS,
            goals: [vec![(FRAME_95_JUMPS, Goal::AtMost(18.0))], smooth.to_vec()].concat(),
        },
        Scenario {
            name: "points",
            kind: Kind::Charted { points: 100_000 },
            pages: OURS,
            goals: [vec![(FRAME_95, Goal::AtMost(20.0))], smooth.to_vec()].concat(),
        },
        Scenario {
            name: "topics",
            kind: Kind::Topics {
                topics: 10_000,
                rate: 5_000,
                seconds: seconds(10),
            },
            pages: OURS,
            goals: [
                vec![
                    (FRAME_95, Goal::AtMost(20.0)),
                    (FRAME_95_JUMPS, Goal::AtMost(20.0)),
                ],
                smooth.to_vec(),
            ]
            .concat(),
        },
        Scenario {
            name: "burst",
            kind: Kind::Burst { count: 100_000 },
            pages: EACH,
            goals: vec![
                (ELAPSED, Goal::Times(Page::MqttJs, 1.0)),
                (ELAPSED, Goal::Times(Page::Floor, 1.15)),
            ],
        },
        Scenario {
            name: "kept",
            kind: Kind::Kept { count: many },
            pages: OURS,
            goals: vec![
                (PROCESS_MEMORY, Goal::AtMost(BUDGET * 1.3)),
                (FRAME_95_JUMPS, Goal::AtMost(18.0)),
                (FRAME_95_KEYS, Goal::AtMost(18.0)),
            ],
        },
        Scenario {
            name: "filter",
            kind: Kind::Filtered {
                count: many,
                field: TEXT_FILTER,
            },
            pages: OURS,
            goals: [
                vec![
                    (FIRST_MATCHES, Goal::AtMost(100.0)),
                    (ALL_MATCHES, Goal::AtMost(3_000.0)),
                ],
                smooth.to_vec(),
            ]
            .concat(),
        },
        Scenario {
            name: "large",
            kind: Kind::Large { bytes: 10_000_000 },
            pages: EACH,
            goals: smooth.to_vec(),
        },
        Scenario {
            name: "idle",
            kind: Kind::Idle {
                seconds: seconds(20),
            },
            pages: EACH,
            goals: vec![(PROCESSOR, Goal::AtMost(1.0))],
        },
    ]
}

/// Milliseconds that a page may be behind the load and still have no backlog: the broker's own way and a few frames.
const NO_BACKLOG: f64 = 100.0;

impl Kind {
    /// What it is, for the head of its table.
    pub fn words(self) -> String {
        match self {
            Self::Paced {
                rate,
                seconds,
                typing,
            } => {
                let typing = if typing {
                    ", keys pressed in a field"
                } else {
                    ""
                };
                format!("{rate} messages/s for {seconds} s{typing}")
            }
            Self::PacedWith {
                rate,
                seconds,
                panes,
            } => {
                format!(
                    "{rate} messages/s for {seconds} s with {} open",
                    panes.join(" and ")
                )
            }
            Self::Arrows { count } => format!("{count} arrows in the ladder, scrolled through"),
            Self::Packets { count } => format!("{count} in the Wire, scrolled through"),
            Self::Charted { points } => format!("a line of {points} points, zoomed and moved"),
            Self::Topics {
                topics,
                rate,
                seconds,
            } => format!("{topics} topics in the tree, {rate} messages/s for {seconds} s"),
            Self::Burst { count } => format!("burst of {count}"),
            Self::Kept { count } => format!("{count} kept, scrolled through"),
            Self::Filtered { count, .. } => format!("text filter over {count}"),
            Self::Large { bytes } => format!("payload of {bytes} bytes"),
            Self::Idle { seconds } => format!("connected and idle for {seconds} s"),
        }
    }
}
