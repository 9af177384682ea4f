//! Random lives of several Clients, held against a small model of what a Server owes each of them:
//! at most, at least or exactly once; in order; retained messages; Will Messages; sessions that end.
//!
//! The model knows nothing of the broker's insides and little of MQTT: it keeps what the standard
//! says is kept, and says after each deed which packets have to come.

#[allow(dead_code, unreachable_pub, reason = "the harness has more users")]
mod conformance;
#[path = "broker_model/deed.rs"]
mod deed;
#[path = "broker_model/world.rs"]
mod world;

use deed::{Deed, deed};
use proptest::prelude::*;
use world::World;

const CLIENTS: usize = 3;
const TOPICS: [&str; 3] = ["a", "b", "a/c"];
const FILTERS: [&str; 5] = ["a", "b", "+", "a/#", "+/c"];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn everybody_gets_what_the_standard_says(deeds in prop::collection::vec(deed(), 1..120)) {
        let mut world = World::new();
        for client in 0..CLIENTS {
            world.step(&Deed::Connect { client, five: client != 1, clean: false, expiry: 1_000, will: None });
            world.step(&Deed::Subscribe { client, filter: client, qos: 2 });
        }
        for deed in &deeds {
            world.step(deed);
        }
    }
}
