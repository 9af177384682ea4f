//! The state machine by itself.

use std::time::{Duration, Instant};

use mqtt_lab::broker::{Broker, ConnectionId, Input, Output};
use mqtt_lab::time::Instant as LabInstant;
use mqtt_lab_bench::bytes_in_use;

use crate::packets::{TOPIC, connect, filter, publish, subscribe, topic};
use crate::{RECEIVERS, RETAINED, SUBSCRIPTIONS, median, options};

const NOW: LabInstant = LabInstant::ORIGIN;

/// Runs everything and prints what it took.
pub(crate) fn run() {
    println!("The broker's state machine by itself; MQTT 3.1.1, QoS 0, 40-byte payload.\n");
    fan_out();
    matching();
    retained();
    sessions();
    tables();
}

struct Inside {
    broker: Broker,
    connections: u64,
}

impl Inside {
    fn new() -> Self {
        Self {
            broker: Broker::new(options(), 1).expect("good options"),
            connections: 0,
        }
    }

    fn connect(&mut self, clean_session: bool) -> ConnectionId {
        let connection = ConnectionId::new(self.connections);
        self.connections += 1;
        self.broker.handle_input(Input::Opened { connection }, NOW);
        let client_id = format!("client-{}", connection.value());
        let answers = self.send(connection, &connect(&client_id, clean_session));
        assert_eq!(answers, 1, "CONNACK");
        connection
    }

    /// Hands in packets, takes what the broker sends, and says how many packets that were.
    fn send(&mut self, connection: ConnectionId, bytes: &[u8]) -> usize {
        let input = Input::Received { connection, bytes };
        self.broker.handle_input(input, NOW);
        let mut sent = 0;
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { .. } => sent += 1,
                Output::Close { .. } => panic!("a connection was closed"),
                Output::Event(_) => {}
            }
        }
        sent
    }

    fn subscribe(&mut self, connection: ConnectionId, filters: &[String]) {
        assert_eq!(self.send(connection, &subscribe(filters)), 1, "SUBACK");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, outside the product"
)]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Nanoseconds for each of `count`, the median of some rounds.
fn each(rounds: usize, count: usize, mut work: impl FnMut()) -> f64 {
    work();
    let times = (0..rounds).map(|_| timed(&mut work).as_nanos() as f64 / count as f64);
    median(times.collect())
}

fn fan_out() {
    println!(
        "{:<44}{:>14}{:>14}",
        "publish through to N subscribers", "ns/message", "ns/delivery"
    );
    for receivers in RECEIVERS {
        let mut inside = Inside::new();
        for _ in 0..receivers {
            let receiver = inside.connect(true);
            inside.subscribe(receiver, &[TOPIC.to_owned()]);
        }
        let sender = inside.connect(true);
        let packet = publish(TOPIC, false);
        let messages = (100_000 / receivers).clamp(10, 10_000);
        let time = each(21, messages, || {
            for _ in 0..messages {
                assert_eq!(inside.send(sender, &packet), receivers);
            }
        });
        let by_delivery = time / receivers as f64;
        println!(
            "{:<44}{time:>14.0}{by_delivery:>14.0}",
            format!("  N = {receivers}")
        );
    }
    println!();
}

fn matching() {
    println!("{:<44}{:>14}", "matching, one receiver", "ns/message");
    for subscriptions in [100, SUBSCRIPTIONS] {
        let mut inside = Inside::new();
        let numbers: Vec<usize> = (0..subscriptions).collect();
        for numbers in numbers.chunks(100) {
            let holder = inside.connect(true);
            let filters: Vec<String> = numbers.iter().map(|&number| filter(number)).collect();
            inside.subscribe(holder, &filters);
        }
        let sender = inside.connect(true);
        let packets: Vec<_> = (0..1_000)
            .map(|number| publish(&topic(number * 7_919 % subscriptions), false))
            .collect();
        let time = each(21, packets.len(), || {
            for packet in &packets {
                assert_eq!(inside.send(sender, packet), 1);
            }
        });
        println!(
            "{:<44}{time:>14.0}",
            format!("  among {subscriptions} subscriptions")
        );
    }
    println!();
}

fn retained() {
    println!("{:<44}{:>14}", "retained messages", "ns/message");
    let mut inside = Inside::new();
    let sender = inside.connect(true);
    let packets: Vec<_> = (0..RETAINED)
        .map(|number| publish(&topic(number), true))
        .collect();
    let set = |inside: &mut Inside| {
        for packet in &packets {
            assert_eq!(inside.send(sender, packet), 0);
        }
    };
    let first = timed(|| set(&mut inside)).as_nanos() as f64 / RETAINED as f64;
    println!(
        "{:<44}{first:>14.0}",
        format!("  set, on {RETAINED} new topics")
    );
    let again = each(5, RETAINED, || set(&mut inside));
    println!("{:<44}{again:>14.0}", "  replaced");
    let receiver = inside.connect(true);
    let all = subscribe(&["#".to_owned()]);
    let time = each(5, RETAINED, || {
        assert_eq!(inside.send(receiver, &all), RETAINED + 1);
    });
    println!("{:<44}{time:>14.0}", "  sent to a subscription of `#`");
    let narrow = subscribe(&["plant/500/room/+/valve".to_owned()]);
    let time = each(21, 100, || {
        assert_eq!(inside.send(receiver, &narrow), 101);
    });
    println!("{:<44}{time:>14.0}\n", "  100 of them sent to one with `+`");
}

fn sessions() {
    const SESSIONS: usize = 10_000;
    println!("{:<44}{:>14}", "memory of an idle session", "bytes");
    let mut inside = Inside::new();
    let before = bytes_in_use();
    let mut connections = Vec::with_capacity(SESSIONS);
    let own = bytes_in_use() - before;
    for number in 0..SESSIONS {
        let connection = inside.connect(false);
        inside.subscribe(connection, &[filter(number)]);
        connections.push(connection);
    }
    let by_session = |bytes: i64| (bytes - own) / SESSIONS as i64;
    let connected = by_session(bytes_in_use() - before);
    println!(
        "{:<44}{connected:>14}",
        "  connected, with one subscription"
    );
    for connection in connections {
        inside
            .broker
            .handle_input(Input::Closed { connection }, NOW);
        while inside.broker.poll_output().is_some() {}
    }
    let absent = by_session(bytes_in_use() - before + own);
    println!("{:<44}{absent:>14}\n", "  absent, with one subscription");
}

/// The last rows of long tables, as the Broker pane asks for them again and again.
fn tables() {
    const ROWS: usize = 100_000;
    const PAGE: usize = 50;
    println!("{:<44}{:>14}", "the last 50 of 100,000 rows", "ns in all");
    let mut inside = Inside::new();
    for number in 0..ROWS {
        let connection = inside.connect(false);
        inside.subscribe(connection, &[filter(number)]);
        let message = publish(&topic(number), true);
        inside.send(connection, &message);
    }
    let broker = &inside.broker;
    let from = ROWS - PAGE;
    let count = |name: &str, rows: &dyn Fn() -> usize| {
        let time = each(21, 1, || assert_eq!(rows(), PAGE, "{name}"));
        println!("{:<44}{time:>14.0}", format!("  {name}"));
    };
    count("connections", &|| broker.connections_from(from).count());
    count("sessions", &|| broker.sessions_from(from).count());
    count("subscriptions", &|| broker.subscriptions_from(from).count());
    count("retained", &|| broker.retained_from(from).count());
    println!();
}
