//! Any bytes from several Clients, any order of their connections, and time, run against the broker.

#![no_main]

use core::time::Duration;

use mqtt_lab::broker::{Broker, BrokerOptions, ConnectionId, Input};
use mqtt_lab::time::Instant;

/// CONNECT of 3.1.1 with Clean Session 0 and of 5.0 with a session that is kept; the Client
/// Identifier's last letter follows.
const CONNECTS: [&[u8]; 2] = [
    b"\x10\x0e\0\x04MQTT\x04\0\0\x05\0\x02c",
    b"\x10\x14\0\x04MQTT\x05\0\0\x05\x05\x11\0\0\0\x20\0\x02c",
];

libfuzzer_sys::fuzz_target!(|script: &[u8]| run(script));

fn run(mut script: &[u8]) {
    let options = BrokerOptions {
        maximum_queued_messages: 10,
        maximum_queued_bytes: 1_000,
        maximum_packet_size: 500,
        maximum_retained_messages: 10,
        maximum_subscriptions: 10,
        ..BrokerOptions::default()
    };
    let Ok(mut broker) = Broker::new(options, 1) else {
        return;
    };
    let mut now = Instant::ORIGIN;
    let mut numbers = [0_u64, 1, 2, 3];
    while let Some((&[step, length], rest)) = script.split_first_chunk::<2>() {
        script = rest;
        let place = usize::from(step % 4);
        let connection = ConnectionId::new(numbers[place]);
        match step / 4 % 8 {
            0 => broker.handle_input(Input::Opened { connection }, now),
            1 => {
                broker.handle_input(Input::Closed { connection }, now);
                numbers[place] += 4;
            }
            2 => {
                let congested = length % 2 == 0;
                let input = Input::Congested {
                    connection,
                    congested,
                };
                broker.handle_input(input, now);
            }
            3 => {
                now = now + Duration::from_secs(length.into());
                broker.handle_input(Input::Timeout, now);
            }
            4 => {
                let mut bytes = CONNECTS[usize::from(length % 2)].to_vec();
                bytes.push(b'0' + length / 2 % 4);
                broker.handle_input(Input::Opened { connection }, now);
                let bytes = &bytes;
                broker.handle_input(Input::Received { connection, bytes }, now);
            }
            _ => {
                let (bytes, rest) = script.split_at(script.len().min(length.into()));
                script = rest;
                broker.handle_input(Input::Received { connection, bytes }, now);
            }
        }
        while broker.poll_output().is_some() {}
        for session in broker.sessions() {
            assert!(session.queued <= 10 && session.queued_bytes <= 1_000);
            assert!(session.subscriptions <= 10);
        }
        assert!(broker.retained().count() <= 10);
    }
}
