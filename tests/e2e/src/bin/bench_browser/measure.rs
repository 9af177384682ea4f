//! One page in one scenario: a fresh broker, a fresh browser, the load, and what the page found.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mqtt_lab_e2e::mosquitto::{self, Mosquitto};
use mqtt_lab_e2e::static_server::StaticServer;
use serde::Deserialize;
use serde_json::Value;

use crate::chromium::{Chromium, own_memory};
use crate::load::{Generator, Load, Sent};
use crate::report::{Figures, Page, percentile};
use crate::scenario::*;

const MEASURE: &str = include_str!("pages/measure.js");
const LAB: &str = include_str!("pages/lab.js");

const MIB: f64 = (1 << 20) as f64;

/// Milliseconds without a message after which a page is taken to have got all it will ever get.
const PATIENCE: u32 = 10_000;

/// Messages a second at which a long list is filled: what any of the pages keeps up with.
const FILLING: u64 = 40_000;

/// The servers of the pages.
pub struct Servers {
    pub lab: StaticServer,
    pub before: Option<StaticServer>,
    pub references: StaticServer,
}

/// What a page found of itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    /// When each frame began, and the milliseconds since the one before.
    frames: Vec<(f64, f64)>,
    long_tasks: Vec<(f64, f64)>,
    /// When each key was pressed, and the milliseconds until the next frame.
    keys: Vec<(f64, f64)>,
    events: Vec<(f64, f64)>,
    first_at: Option<f64>,
    reached_at: Option<f64>,
    origin: f64,
    count: u64,
    memory: Memory,
    /// Seconds of processor time that the page's process has used meanwhile. It does not tell of itself.
    #[serde(skip)]
    processor: f64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Memory {
    wasm: f64,
    heap: f64,
}

/// A page that is connected and subscribed.
struct Connected {
    broker: Mosquitto,
    chromium: Chromium,
}

/// Why a scenario cannot be measured on this page.
pub enum Measured {
    Figures(Figures),
    NotThere(String),
}

/// Measures `page` once.
pub async fn measure(servers: &Servers, page: Page, kind: Kind) -> Result<Measured> {
    let mut connected = Connected::open(servers, page).await?;
    let figures = connected.run(kind).await;
    let Connected {
        mut broker,
        chromium,
    } = connected;
    chromium.quit().await?;
    broker.kill().await?;
    figures
}

impl Connected {
    async fn open(servers: &Servers, page: Page) -> Result<Self> {
        let broker = Mosquitto::start_with(mosquitto::Options {
            for_load: true,
            ..Default::default()
        })
        .await?;
        let port = broker.websocket_port;
        let mut chromium = Chromium::start().await?;
        let is_lab = matches!(page, Page::Lab | Page::Before);
        let (url, ready) = match page {
            Page::Lab | Page::Before => {
                let server = match (page, &servers.before) {
                    (Page::Before, Some(before)) => before,
                    _ => &servers.lab,
                };
                let asks = "path=/mqtt&ssl=false&filter=lab/load/%23";
                (
                    format!("{}?host=127.0.0.1&port={port}&{asks}", server.url()),
                    "bench.connect()",
                )
            }
            Page::Floor | Page::MqttJs => {
                let name = if page == Page::Floor {
                    "floor"
                } else {
                    "mqttjs"
                };
                let url = servers.references.url();
                (
                    format!("{url}{name}.html?port={port}&filter=lab/load/%23"),
                    "window.isReady === true",
                )
            }
        };
        let script = if is_lab {
            format!("{MEASURE}\n{LAB}")
        } else {
            MEASURE.to_owned()
        };
        chromium.open(&url, &script).await?;
        chromium
            .until("document.readyState === 'complete' && typeof bench === 'object'")
            .await?;
        if is_lab {
            ensure!(chromium.evaluate(ready).await? == true, "not connected");
        } else {
            chromium.until(ready).await?;
        }
        Ok(Self { broker, chromium })
    }

    async fn run(&mut self, kind: Kind) -> Result<Measured> {
        Ok(Measured::Figures(match kind {
            Kind::Paced {
                rate,
                seconds,
                typing,
            } => {
                let load = Load::new(rate * seconds, Some(rate));
                let keys = typing.then_some(seconds * KEYS_PER_SECOND);
                let (found, sent) = self.under(&load, keys).await?;
                steady_figures(&found, sent)?
            }
            Kind::PacedWith {
                rate,
                seconds,
                panes,
            } => {
                // A few messages first, of which the panes can show something.
                self.under(&Load::new(SEED, None), None).await?;
                self.chromium.evaluate("bench.openNewest()").await?;
                if let Some(missing) = self.missing(&panes[..1]).await? {
                    return Ok(missing);
                }
                // What the first opens may have to be fetched: pressing waits for it.
                for pane in panes {
                    let press = format!("bench.press({}).then(() => true)", Value::from(*pane));
                    self.chromium.evaluate(&press).await?;
                }
                let clear = "bench.press('Clear messages').then(() => true)";
                self.chromium.evaluate(clear).await?;
                let load = Load::new(rate * seconds, Some(rate));
                let (found, sent) = self.under(&load, None).await?;
                steady_figures(&found, sent)?
            }
            Kind::Burst { count } => {
                let (found, sent) = self.under(&Load::new(count, None), None).await?;
                let reached = found.reached_at.context("not all came")?;
                let seconds = (found.origin + reached - sent.started) / 1000.0;
                let mut figures = vec![
                    (RECEIVED, found.count as f64),
                    (ELAPSED, seconds),
                    (SPEED, count as f64 / seconds),
                    (PROCESSOR_TIME, found.processor),
                ];
                figures.extend(frame_figures(&found));
                figures
            }
            Kind::Arrows { count } => self.in_wire(count, "Arrows").await?,
            Kind::Packets { count } => self.in_wire(count, "Packets").await?,
            Kind::Charted { points } => self.charted(points).await?,
            Kind::Topics {
                topics,
                rate,
                seconds,
            } => self.topics(topics, rate * seconds, rate).await?,
            Kind::Kept { count } => self.kept(count).await?,
            Kind::Filtered { count, field } => {
                if let Some(missing) = self.missing(&[UNFOLD_FILTER]).await? {
                    return Ok(missing);
                }
                let (button, field_name) = (Value::from(UNFOLD_FILTER), Value::from(field));
                let unfold = format!("bench.unfold({button}, {field_name})");
                self.chromium.evaluate(&unfold).await?;
                self.filtered(count, field).await?
            }
            Kind::Large { bytes } => self.large(bytes).await?,
            Kind::Idle { seconds } => self.idle(seconds).await?,
        }))
    }

    /// Puts the page under `load` and has it measure itself; every message must be counted.
    async fn under(&mut self, load: &Load, keys: Option<u64>) -> Result<(Found, Sent)> {
        let mut generator = Generator::start(self.broker.tcp_port, load).await?;
        let begin = format!("bench.typing()?.focus(); bench.begin({}); true", load.count);
        self.chromium.evaluate(&begin).await?;
        let profile = std::env::var_os("BENCH_PROFILE");
        if profile.is_some() {
            self.chromium.start_profile().await?;
        } else if keys.is_none() {
            self.chromium.detach().await?;
        }
        let (processor, _) = self.chromium.page_processes().await?;
        generator.begin().await?;
        let typing = async {
            for _ in 0..keys.unwrap_or_default() {
                self.chromium.press("a", 65).await?;
                tokio::time::sleep(Duration::from_millis(1000 / KEYS_PER_SECOND)).await;
            }
            anyhow::Ok(())
        };
        let (sent, typed) = tokio::join!(generator.finish(), typing);
        let sent = sent?;
        typed?;
        if keys.is_none() && profile.is_none() {
            // What is left of a load is left to the page alone for a moment.
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.chromium.attach().await?;
        }
        let finished = format!("bench.finished({PATIENCE})");
        self.chromium.evaluate(&finished).await?;
        let (used, _) = self.chromium.page_processes().await?;
        if let Some(path) = profile {
            self.chromium.end_profile(path.as_ref()).await?;
        }
        if let Some(keys) = keys {
            let typed = self.chromium.evaluate("bench.typing().value").await?;
            let typed = typed.as_str().unwrap_or_default();
            let typed = typed.chars().filter(|letter| *letter == 'a').count();
            ensure!(
                typed as u64 >= keys,
                "{keys} keys were pressed, and {typed} letters typed"
            );
        }
        let found = self.chromium.evaluate("bench.result()").await?;
        let mut found: Found = serde_json::from_value(found)?;
        found.processor = used - processor;
        ensure!(
            found.count == load.count,
            "{} messages were sent, and {} counted",
            load.count,
            found.count
        );
        Ok((found, sent))
    }

    /// Fills the list, and looks at the memory, and scrolls.
    async fn kept(&mut self, count: u64) -> Result<Figures> {
        let (found, sent) = self.under(&Load::new(count, Some(FILLING)), None).await?;
        let (_, processes) = self.chromium.page_processes().await?;
        let mut figures = vec![
            (RECEIVED, found.count as f64),
            (BACKLOG, behind(&found, sent)?),
            (PAGE_MEMORY, (found.memory.wasm + found.memory.heap) / MIB),
            (PROCESS_MEMORY, own_memory(&processes) / MIB),
        ];
        let words = self.chromium.evaluate("bench.kept()").await?;
        println!("    the page says: {}", words.as_str().unwrap_or_default());

        self.chromium
            .evaluate("bench.begin(Infinity); true")
            .await?;
        let seen = self
            .chromium
            .evaluate(&format!("bench.jump({JUMPS})"))
            .await?;
        ensure!(
            seen["blank"] == 0,
            "after a jump no row was in view: {seen}"
        );
        ensure!(
            seen["seen"].as_u64() > Some(JUMPS),
            "jumps over the whole list showed few rows: {seen}"
        );
        let found: Found = serde_json::from_value(self.chromium.evaluate("bench.result()").await?)?;
        figures.push((FRAME_95_JUMPS, percentile(&intervals(&found.frames), 0.95)));

        self.chromium
            .evaluate("bench.focusList(); bench.begin(Infinity); true")
            .await?;
        for _ in 0..JUMPS {
            self.chromium.press("PageDown", 34).await?;
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        let paged: Found = serde_json::from_value(self.chromium.evaluate("bench.result()").await?)?;
        figures.push((FRAME_95_KEYS, percentile(&intervals(&paged.frames), 0.95)));
        figures.push((KEY_95, percentile(&delays(&paged.keys), 0.95)));
        let tasks = found.long_tasks.len() + paged.long_tasks.len();
        figures.push((LONG_TASKS, tasks as f64));
        Ok(figures)
    }

    /// Fills the trace, opens the Wire on all of it, and scrolls through.
    async fn in_wire(&mut self, count: u64, what: &str) -> Result<Figures> {
        self.under(&Load::new(count, Some(FILLING)), None).await?;
        self.chromium
            .evaluate("bench.begin(Infinity); true")
            .await?;
        let listed = format!("bench.list{what}({count})");
        let listed = self.chromium.evaluate(&listed).await?;
        let jump = format!("bench.jump{what}({JUMPS})");
        let seen = self.chromium.evaluate(&jump).await?;
        // A canvas tells only its first row.
        let least = if what == "Arrows" { JUMPS / 2 } else { JUMPS };
        ensure!(
            seen["blank"] == 0 && seen["seen"].as_u64() > Some(least),
            "jumps over the whole Wire showed few rows: {seen}"
        );
        let found: Found = serde_json::from_value(self.chromium.evaluate("bench.result()").await?)?;
        Ok(vec![
            (LISTED, listed.as_f64().context("no time")?),
            (FRAME_95_JUMPS, percentile(&intervals(&found.frames), 0.95)),
            (LONG_TASKS, found.long_tasks.len() as f64),
            (LONGEST_TASK, percentile(&delays(&found.long_tasks), 1.0)),
        ])
    }

    /// Fills the list with the points of one line, and looks at all of them from near and far.
    async fn charted(&mut self, points: u64) -> Result<Figures> {
        let load = Load {
            topics: 1,
            ..Load::new(points, Some(FILLING))
        };
        self.under(&load, None).await?;
        self.chromium.evaluate("bench.openNewest()").await?;
        for name in ["Chart this: value", "Show all"] {
            let press = format!("bench.press({}).then(() => true)", Value::from(name));
            self.chromium.evaluate(&press).await?;
        }
        self.chromium.evaluate("bench.lookedThrough()").await?;
        self.chromium
            .evaluate("bench.begin(Infinity); true")
            .await?;
        let moved = self.chromium.evaluate("bench.moveChart()").await?;
        ensure!(
            moved.as_u64() > Some(40),
            "moving the chart has drawn few different pictures: {moved}"
        );
        let found: Found = serde_json::from_value(self.chromium.evaluate("bench.result()").await?)?;
        Ok(frame_figures_of(&found, f64::MIN, f64::MAX))
    }

    /// Fills the tree, scrolls through all of it, and has messages come for all of it.
    async fn topics(&mut self, topics: u64, count: u64, rate: u64) -> Result<Figures> {
        let load = Load {
            topics,
            ..Load::new(topics, Some(FILLING))
        };
        self.under(&load, None).await?;
        for name in TREE {
            let press = format!("bench.press({}).then(() => true)", Value::from(*name));
            self.chromium.evaluate(&press).await?;
        }
        self.chromium
            .evaluate("bench.begin(Infinity); true")
            .await?;
        let jump = format!("bench.jump({JUMPS}, true)");
        let seen = self.chromium.evaluate(&jump).await?;
        ensure!(
            seen["blank"] == 0 && seen["seen"].as_u64() > Some(JUMPS),
            "jumps over the whole tree showed few rows: {seen}"
        );
        let found: Found = serde_json::from_value(self.chromium.evaluate("bench.result()").await?)?;
        let jumps = percentile(&intervals(&found.frames), 0.95);
        let scrolling = found.long_tasks.len() as f64;
        let load = Load {
            topics,
            ..Load::new(count, Some(rate))
        };
        let clear =
            "bench.press('Clear messages').then(() => bench.press('Clear')).then(() => true)";
        self.chromium.evaluate(clear).await?;
        let (found, sent) = self.under(&load, None).await?;
        let mut figures = steady_figures(&found, sent)?;
        figures.push((FRAME_95_JUMPS, jumps));
        for (quantity, value) in &mut figures {
            if *quantity == LONG_TASKS {
                *value += scrolling;
            }
        }
        Ok(figures)
    }

    /// Fills the list and filters it by a text that one message in a thousand has.
    async fn filtered(&mut self, count: u64, field: &str) -> Result<Figures> {
        self.under(&Load::new(count, Some(FILLING)), None).await?;
        self.chromium
            .evaluate("bench.begin(Infinity); true")
            .await?;
        let filter = format!("bench.filter({}, '\"value\":12.3,')", Value::from(field));
        let times = self.chromium.evaluate(&filter).await?;
        let expected = count.div_ceil(1000);
        ensure!(
            times["matches"] == expected,
            "{expected} messages match: {times}"
        );
        let found: Found = serde_json::from_value(self.chromium.evaluate("bench.result()").await?)?;
        let mut figures = vec![
            (FIRST_MATCHES, times["first"].as_f64().context("no time")?),
            (ALL_MATCHES, times["all"].as_f64().context("no time")?),
        ];
        figures.extend(frame_figures_of(&found, f64::MIN, f64::MAX));
        Ok(figures)
    }

    async fn large(&mut self, bytes: usize) -> Result<Figures> {
        let side = Load {
            prefix: "lab/side".to_owned(),
            ..Load::new(SIDE_RATE * 20, Some(SIDE_RATE))
        };
        // The broker hands over a large packet in small pieces, ten a second while nothing else goes on.
        let mut side = Generator::start(self.broker.tcp_port, &side).await?;
        side.begin().await?;
        let load = Load {
            payload: bytes,
            ..Load::new(1, None)
        };
        let (found, sent) = self.under(&load, None).await?;
        let reached = found.reached_at.context("it did not come")?;
        let mut figures = vec![
            (RECEIVED, found.count as f64),
            (ELAPSED, (found.origin + reached - sent.started) / 1000.0),
        ];
        figures.extend(frame_figures_of(&found, f64::MIN, reached + 1000.0));
        if self.chromium.evaluate("typeof bench.openNewest").await? == "function" {
            self.chromium
                .evaluate("bench.begin(Infinity); true")
                .await?;
            let shown = self.chromium.evaluate("bench.openNewest()").await?;
            let found = self.chromium.evaluate("bench.result()").await?;
            let found: Found = serde_json::from_value(found)?;
            ensure!(
                shown["characters"].as_u64() > Some(0),
                "nothing of the payload is shown"
            );
            figures.push((SHOWN, shown["milliseconds"].as_f64().context("no time")?));
            for (quantity, value) in &mut figures {
                match *quantity {
                    LONG_TASKS => *value += found.long_tasks.len() as f64,
                    LONGEST_TASK => *value = value.max(percentile(&delays(&found.long_tasks), 1.0)),
                    _ => {}
                }
            }
        }
        Ok(figures)
    }

    async fn idle(&mut self, seconds: u64) -> Result<Figures> {
        // The page has just been built and connected: it may rest first.
        self.chromium.detach().await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let (before, _) = self.chromium.page_processes().await?;
        let start = std::time::Instant::now();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let (after, _) = self.chromium.page_processes().await?;
        let part = (after - before) / start.elapsed().as_secs_f64();
        Ok(vec![(PROCESSOR, part * 100.0)])
    }

    /// Says so where the page lacks one of these controls.
    async fn missing(&mut self, names: &[&str]) -> Result<Option<Measured>> {
        let list = serde_json::to_string(names)?;
        let found = self
            .chromium
            .evaluate(&format!("bench.has({list})"))
            .await?;
        let found = found.as_array().context("no list")?;
        let missing: Vec<_> = names
            .iter()
            .filter(|name| !found.iter().any(|own| own == **name))
            .collect();
        let words = || format!("the page has no control named {missing:?}");
        Ok((!missing.is_empty()).then(|| Measured::NotThere(words())))
    }
}

/// Key presses a second while typing: a fast typist's.
const KEYS_PER_SECOND: u64 = 10;
/// Places that a long list is scrolled to.
const JUMPS: u64 = 60;
/// Messages before panes are opened: so few that the list is cleared without a question.
const SEED: u64 = 10;
/// Messages a second beside a large one.
const SIDE_RATE: u64 = 2_000;

fn steady_figures(found: &Found, sent: Sent) -> Result<Figures> {
    let mut figures = vec![
        (RECEIVED, found.count as f64),
        (BACKLOG, behind(found, sent)?),
        (PROCESSOR_TIME, found.processor),
    ];
    figures.extend(frame_figures(found));
    if !found.keys.is_empty() {
        figures.push((KEY_95, percentile(&delays(&found.keys), 0.95)));
        // Only those of 16 ms and more are told; the others were faster.
        let mut events = delays(&found.events);
        events.resize(events.len().max(found.keys.len()), 8.0);
        figures.push((EVENT_95, percentile(&events, 0.95)));
    }
    Ok(figures)
}

/// Milliseconds from the end of the load until the page had counted everything.
fn behind(found: &Found, sent: Sent) -> Result<f64> {
    let reached = found.reached_at.context("not all came")?;
    Ok((found.origin + reached - sent.ended).max(0.0))
}

/// The frames from the first message to the last.
fn frame_figures(found: &Found) -> Figures {
    let from = found.first_at.unwrap_or(f64::MIN);
    frame_figures_of(found, from, found.reached_at.unwrap_or(f64::MAX))
}

fn frame_figures_of(found: &Found, from: f64, to: f64) -> Figures {
    let frames: Vec<_> = found
        .frames
        .iter()
        .filter(|(at, _)| (from..=to).contains(at))
        .copied()
        .collect();
    let frames = intervals(&frames);
    let tasks = delays(&found.long_tasks);
    vec![
        (FRAME_50, percentile(&frames, 0.5)),
        (FRAME_95, percentile(&frames, 0.95)),
        (FRAME_99, percentile(&frames, 0.99)),
        (FRAME_MOST, percentile(&frames, 1.0)),
        (LONG_TASKS, tasks.len() as f64),
        (LONGEST_TASK, percentile(&tasks, 1.0)),
    ]
}

fn intervals(frames: &[(f64, f64)]) -> Vec<f64> {
    frames.iter().map(|(_, interval)| *interval).collect()
}

fn delays(entries: &[(f64, f64)]) -> Vec<f64> {
    intervals(entries)
}
