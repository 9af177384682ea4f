//! The broker: `cargo bench -p mqtt-lab-bench --bench broker`.
//!
//! First the state machine by itself, with no socket: what handling costs. Then over TCP on
//! loopback, beside mosquitto where that is installed: each is a process of its own, both do the
//! same work in turn, and the client waits for everything before it sends more, so that neither
//! drops anything.

mod inside;
mod loopback;
mod packets;
mod servers;

/// How many receivers a message has.
const RECEIVERS: [usize; 3] = [1, 100, 10_000];

/// How many subscriptions there are beside those that match.
const SUBSCRIPTIONS: usize = 100_000;

/// How many topics have a retained message.
const RETAINED: usize = 100_000;

/// The options of our broker: with room for all of it.
fn options() -> mqtt_lab::broker::BrokerOptions {
    mqtt_lab::broker::BrokerOptions {
        maximum_queued_messages: 1_000_000,
        maximum_queued_bytes: 1 << 30,
        maximum_subscriptions: 2 * SUBSCRIPTIONS,
        maximum_retained_messages: 2 * RETAINED,
        events: false,
        ..mqtt_lab::broker::BrokerOptions::default()
    }
}

fn main() {
    if std::env::args().any(|argument| argument == servers::SERVE) {
        servers::serve();
        return;
    }
    inside::run();
    loopback::run();
}

/// The middle one.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
