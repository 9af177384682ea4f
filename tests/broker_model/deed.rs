//! What Clients can do.

use proptest::prelude::*;

use crate::{CLIENTS, FILTERS, TOPICS};

#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Connect {
        client: usize,
        five: bool,
        clean: bool,
        /// Seconds that the session outlives the connection, in 5.0.
        expiry: u64,
        /// QoS, RETAIN and delay.
        will: Option<(u8, bool, u64)>,
    },
    Subscribe {
        client: usize,
        filter: usize,
        qos: u8,
    },
    Unsubscribe {
        client: usize,
        filter: usize,
    },
    Publish {
        client: usize,
        topic: usize,
        qos: u8,
        retain: bool,
        empty: bool,
        /// Seconds, in 5.0.
        expiry: Option<u64>,
    },
    /// Sends the oldest unreleased PUBLISH of QoS 2 again.
    Repeat {
        client: usize,
    },
    Release {
        client: usize,
    },
    /// Answers one of the deliveries that wait for it.
    Acknowledge {
        client: usize,
        which: usize,
    },
    Cut {
        client: usize,
    },
    Disconnect {
        client: usize,
        with_will: bool,
    },
    Pass {
        seconds: u64,
    },
}

pub(crate) fn deed() -> impl Strategy<Value = Deed> {
    let client = 0..CLIENTS;
    let will = prop::option::of((
        0..3_u8,
        any::<bool>(),
        prop_oneof![Just(0), Just(7), Just(60)],
    ));
    let expiry = prop_oneof![Just(0_u64), Just(20), Just(1_000)];
    prop_oneof![
        3 => (client.clone(), any::<bool>(), prop::bool::weighted(0.3), expiry, will).prop_map(
            |(client, five, clean, expiry, will)| Deed::Connect { client, five, clean, expiry, will }),
        3 => (client.clone(), 0..FILTERS.len(), 0..3_u8).prop_map(
            |(client, filter, qos)| Deed::Subscribe { client, filter, qos }),
        1 => (client.clone(), 0..FILTERS.len()).prop_map(
            |(client, filter)| Deed::Unsubscribe { client, filter }),
        8 => (
            client.clone(), 0..TOPICS.len(), 0..3_u8, prop::bool::weighted(0.2),
            prop::bool::weighted(0.1), prop::option::weighted(0.2, Just(10)),
        ).prop_map(|(client, topic, qos, retain, empty, expiry)| Deed::Publish {
            client, topic, qos, retain, empty,
            // A retained message that ends is a subject of its own: see the table's rows.
            expiry: expiry.filter(|_| !retain),
        }),
        1 => client.clone().prop_map(|client| Deed::Repeat { client }),
        2 => client.clone().prop_map(|client| Deed::Release { client }),
        6 => (client.clone(), 0..8_usize).prop_map(
            |(client, which)| Deed::Acknowledge { client, which }),
        2 => client.clone().prop_map(|client| Deed::Cut { client }),
        1 => (client, any::<bool>()).prop_map(
            |(client, with_will)| Deed::Disconnect { client, with_will }),
        2 => (1..30_u64).prop_map(|seconds| Deed::Pass { seconds }),
    ]
}
