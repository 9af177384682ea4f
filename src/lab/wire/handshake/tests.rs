use super::*;
use crate::codec::ProtocolVersion;
use crate::lab::trace::PacketFacts;
use crate::time::Instant;

const ALICE: ClientKey = ClientKey::new(1);
const BOB: ClientKey = ClientKey::new(2);

struct Log(Trace);

impl Log {
    fn new() -> Self {
        Self(Trace::new(1 << 24))
    }

    fn add(&mut self, client: ClientKey, direction: Direction, raw: &[u8]) -> Sequence {
        let version = ProtocolVersion::V3_1_1;
        let packet = decode(raw, version).unwrap();
        let facts = PacketFacts::of(&packet, raw, version);
        self.0
            .append_packet(Instant::ORIGIN, client, direction, raw, facts)
    }

    fn of(&self, sequence: Sequence) -> Handshake {
        handshake(&self.0, sequence).unwrap()
    }
}

const PINGREQ: [u8; 2] = [0xc0, 0];
const PINGRESP: [u8; 2] = [0xd0, 0];
const PUBLISH: [u8; 7] = [0x32, 5, 0, 1, b'a', 0, 7];
const PUBLISH_DUP: [u8; 7] = [0x3a, 5, 0, 1, b'a', 0, 7];
const OTHER_DUP: [u8; 7] = [0x3a, 5, 0, 1, b'b', 0, 7];
const PUBACK: [u8; 4] = [0x40, 2, 0, 7];
const CONNECT: [u8; 15] = [
    0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 1, b'c',
];
use Direction::{Received, Sent};

#[test]
fn pings_are_answered_in_their_order() {
    let mut log = Log::new();
    let first = log.add(ALICE, Sent, &PINGREQ);
    let of_bob = log.add(BOB, Sent, &PINGREQ);
    let second = log.add(ALICE, Sent, &PINGREQ);
    let answer = log.add(ALICE, Received, &PINGRESP);
    assert_eq!(log.of(first).packets, [first, answer]);
    assert!(!log.of(second).is_finished && !log.of(of_bob).is_finished);
    // What was asked on another connection is not answered on this one.
    log.add(ALICE, Sent, &CONNECT);
    let orphan = log.add(ALICE, Received, &PINGRESP);
    assert_eq!(log.of(orphan).packets, [orphan]);
    assert_eq!(log.of(second).packets, [second]);
}

#[test]
fn what_is_sent_again_is_known_by_topic_and_payload() {
    let mut log = Log::new();
    let publish = log.add(ALICE, Sent, &PUBLISH);
    let answer = log.add(ALICE, Received, &PUBACK);
    log.add(ALICE, Sent, &CONNECT);
    let other = log.add(ALICE, Sent, &OTHER_DUP);
    assert_eq!(log.of(publish).packets, [publish, answer]);
    assert_eq!(log.of(other).packets, [other]);
    assert!(!log.of(other).is_finished);

    let mut log = Log::new();
    let publish = log.add(ALICE, Sent, &PUBLISH);
    log.add(ALICE, Sent, &CONNECT);
    let again = log.add(ALICE, Sent, &PUBLISH_DUP);
    let answer = log.add(ALICE, Received, &PUBACK);
    // The same on its way to Bob is another one, and so is one that comes.
    log.add(BOB, Sent, &PUBLISH_DUP);
    log.add(ALICE, Received, &PUBLISH);
    let found = log.of(answer);
    assert_eq!(found.packets, [publish, again, answer]);
    assert_eq!((found.resent, found.is_finished), (vec![again], true));
}

#[test]
fn a_new_session_begins_anew_even_with_the_same_bytes() {
    let mut log = Log::new();
    let lost = log.add(ALICE, Sent, &PUBLISH);
    log.add(ALICE, Sent, &CONNECT);
    let publish = log.add(ALICE, Sent, &PUBLISH);
    let answer = log.add(ALICE, Received, &PUBACK);
    assert_eq!(log.of(lost).packets, [lost]);
    assert!(!log.of(lost).is_finished);
    assert_eq!(log.of(answer).packets, [publish, answer]);
}

#[test]
fn an_answer_to_what_is_not_kept_stands_alone() {
    let mut log = Log::new();
    let answer = log.add(ALICE, Received, &PUBACK);
    let found = log.of(answer);
    assert_eq!((found.packets, found.is_finished), (vec![answer], true));
    assert_eq!(
        (found.kind, found.begun),
        (HandshakeKind::AtLeastOnce, Sent)
    );
}

#[test]
fn no_further_is_looked_than_said() {
    let mut log = Log::new();
    let publish = log.add(ALICE, Sent, &PUBLISH);
    for _ in 0..LOOK + 10 {
        log.add(BOB, Sent, &PINGREQ);
    }
    let answer = log.add(ALICE, Received, &PUBACK);
    assert_eq!(log.of(publish).packets, [publish]);
    assert_eq!(log.of(answer).packets, [answer]);
}
