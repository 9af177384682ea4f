use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::codec::{
    Acknowledgement, ControlPacket, ControlPacketType, PacketId, ProtocolVersion, Publish,
    PublishProperties, Qos, TopicName,
};

const CLIENT: ClientKey = ClientKey::new(1);

/// What a record must be, kept the plain way.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    time: Instant,
    kind: RecordKind,
    topic: Option<String>,
    raw: Vec<u8>,
}

fn publish(topic: &str, payload: &[u8]) -> (Vec<u8>, usize) {
    let mut raw = vec![0x30, 0];
    raw.extend((topic.len() as u16).to_be_bytes());
    raw.extend(topic.as_bytes());
    let payload_offset = raw.len();
    raw.extend(payload);
    (raw, payload_offset)
}

fn append(trace: &mut Trace, number: u64, topic: &str, payload: &[u8]) -> Sequence {
    let (raw, payload_offset) = publish(topic, payload);
    let facts = PacketFacts {
        topic: Some(topic),
        payload_offset: Some(payload_offset),
        delivered: true,
        ..PacketFacts::new(ProtocolVersion::V5_0)
    };
    let now = Instant::from_micros(number);
    trace.append_packet(now, CLIENT, Direction::Received, &raw, facts)
}

/// Everything that must hold of a trace at any time.
fn check_invariants(trace: &Trace) {
    assert_eq!(
        trace.len() as u64,
        trace.next().number() - trace.first().number()
    );
    assert_eq!(trace.is_empty(), trace.first() == trace.next());
    let chunk_bytes: usize = trace.chunks.iter().map(Chunk::footprint).sum();
    assert_eq!(trace.chunk_bytes, chunk_bytes);
    assert!(
        trace.bytes_used() <= trace.budget() || trace.chunks.len() <= 1,
        "{} bytes used of {} in {} chunks",
        trace.bytes_used(),
        trace.budget(),
        trace.chunks.len()
    );
    assert!(trace.chunks.iter().all(|chunk| chunk.len() > 0));
}

#[test]
fn a_publish_is_read_without_decoding_it() {
    let mut trace = Trace::new(1 << 20);
    let raw = [0x3b, 9, 0, 3, b'a', b'/', b'b', 0x12, 0x34, b'h', b'i'];
    let facts = PacketFacts {
        version: ProtocolVersion::V3_1,
        topic: Some("a/b"),
        payload_offset: Some(9),
        packet_id: PacketId::new(0x1234),
        delivered: true,
        malformed: false,
        by_hand: false,
        subscription: Some(2),
    };
    let now = Instant::from_millis(5);
    let sequence = trace.append_packet(now, CLIENT, Direction::Received, &raw, facts);

    let record = trace.get(sequence).unwrap();
    assert_eq!(record.sequence(), Sequence::new(0));
    assert_eq!(record.time(), now);
    assert_eq!(record.client(), Some(CLIENT));
    assert_eq!(record.kind(), RecordKind::Received);
    assert_eq!(record.direction(), Some(Direction::Received));
    assert_eq!(record.raw(), raw);
    assert_eq!(record.packet_type(), Some(ControlPacketType::Publish));
    assert_eq!(record.version(), Some(ProtocolVersion::V3_1));
    assert_eq!(record.topic(), Some("a/b"));
    assert_eq!(record.topic_id(), trace.topic_id("a/b"));
    assert_eq!(record.payload(), Some(b"hi".as_slice()));
    assert_eq!(record.payload_offset(), Some(9));
    assert_eq!(record.qos(), Some(Qos::AtLeastOnce));
    assert!(record.retain() && record.dup() && record.delivered());
    assert!(!record.malformed());
    assert_eq!(record.packet_id(), PacketId::new(0x1234));
    assert_eq!(record.subscription(), Some(2));
    assert_eq!(record.note(), None);
    assert_eq!(trace.get(sequence.following()).map(|r| r.sequence()), None);
}

#[test]
fn a_decoded_packet_tells_its_own_facts() {
    let raw = [0x3b, 9, 0, 3, b'a', b'/', b'b', 0x12, 0x34, b'h', b'i'];
    let publish = Publish {
        dup: true,
        qos: Qos::AtLeastOnce,
        retain: true,
        topic: TopicName::parse("a/b").ok(),
        packet_id: PacketId::new(0x1234),
        properties: PublishProperties::default(),
        payload: &raw[9..],
    };
    let version = ProtocolVersion::V3_1_1;
    let facts = PacketFacts::of(&ControlPacket::Publish(publish), &raw, version);
    let expected = PacketFacts {
        topic: Some("a/b"),
        payload_offset: Some(9),
        packet_id: PacketId::new(0x1234),
        ..PacketFacts::new(version)
    };
    assert_eq!(facts, expected);

    let pubrel = ControlPacket::Pubrel(Acknowledgement::success(PacketId::MAX));
    let facts = PacketFacts::of(&pubrel, &[0x62, 2, 0xff, 0xff], version);
    let expected = PacketFacts {
        packet_id: Some(PacketId::MAX),
        ..PacketFacts::new(version)
    };
    assert_eq!(facts, expected);
}

#[test]
fn other_packets_have_no_publish_fields() {
    let mut trace = Trace::new(1 << 20);
    // PUBREL: the same four bits are reserved there, not DUP, QoS and RETAIN.
    let raw = [0x62, 2, 0, 7];
    let facts = PacketFacts {
        packet_id: PacketId::new(7),
        ..PacketFacts::new(ProtocolVersion::V5_0)
    };
    let sequence = trace.append_packet(Instant::ORIGIN, CLIENT, Direction::Sent, &raw, facts);
    let record = trace.get(sequence).unwrap();
    assert_eq!(record.packet_type(), Some(ControlPacketType::Pubrel));
    assert_eq!(record.direction(), Some(Direction::Sent));
    assert_eq!((record.qos(), record.payload()), (None, None));
    assert_eq!((record.topic(), record.topic_id()), (None, None));
    assert!(!record.retain() && !record.dup() && !record.delivered());
    assert_eq!(record.packet_id(), PacketId::new(7));
    assert_eq!(record.subscription(), None);
}

#[test]
fn facts_beyond_the_bytes_are_not_known() {
    let mut trace = Trace::new(1 << 20);
    let facts = PacketFacts {
        payload_offset: Some(1),
        malformed: true,
        by_hand: false,
        ..PacketFacts::new(ProtocolVersion::V5_0)
    };
    let sequence = trace.append_packet(Instant::ORIGIN, CLIENT, Direction::Received, &[], facts);
    let record = trace.get(sequence).unwrap();
    assert!(record.malformed());
    assert_eq!(record.payload(), None);
    assert_eq!(record.packet_type(), None);
}

#[test]
fn notes_stand_in_the_same_order() {
    let mut trace = Trace::new(1 << 20);
    let close = Note::LinkClose {
        by: ClosedBy::Network,
        code: Some(1006),
        reason: "",
    };
    let clock = Note::Clock {
        change: ClockChange::Jumps,
        jump: Duration::from_secs(3600),
    };
    let first = trace.append_note(Instant::ORIGIN, Some(CLIENT), &close);
    let second = trace.append_note(Instant::ORIGIN, None, &clock);
    assert!(first < second);
    let record = trace.get(first).unwrap();
    assert_eq!(record.note(), Some(close));
    assert_eq!(record.kind(), RecordKind::LinkClose);
    assert_eq!(record.client(), Some(CLIENT));
    assert_eq!((record.direction(), record.packet_type()), (None, None));
    let record = trace.get(second).unwrap();
    assert_eq!((record.note(), record.client()), (Some(clock), None));
    assert_eq!(record.version(), None);
    let kinds: Vec<_> = trace
        .records(Sequence::new(0)..Sequence::new(u64::MAX))
        .rev()
        .map(|record| record.kind())
        .collect();
    assert_eq!(kinds, [RecordKind::Clock, RecordKind::LinkClose]);
}

#[test]
fn the_oldest_chunk_goes_and_is_counted() {
    let mut trace = Trace::new(64 << 10);
    for number in 0..10_000 {
        append(&mut trace, number, "testtopic/1", &[0; 40]);
        check_invariants(&trace);
    }
    let first = trace.first();
    assert!(first > Sequence::new(0));
    let dropped = trace.dropped();
    assert_eq!(dropped.records, first.number());
    let last_dropped = Instant::from_micros(first.number() - 1);
    assert_eq!(dropped.span, Some((Instant::ORIGIN, last_dropped)));
    assert_eq!(
        trace.oldest_time(),
        Some(Instant::from_micros(first.number()))
    );
    assert!(trace.get(Sequence::new(first.number() - 1)).is_none());
    assert!(trace.get(first).is_some());
    // A chunk at a time, and not more than is needed.
    assert!(trace.bytes_used() > (64 << 10) * 7 / 8);
}

#[test]
fn the_newest_record_is_kept_even_where_it_is_larger_than_the_budget() {
    let mut trace = Trace::new(64 << 10);
    append(&mut trace, 0, "small", b"1");
    let large = append(&mut trace, 1, "large", &vec![7; 300 << 10]);
    assert_eq!((trace.first(), trace.len()), (large, 1));
    assert_eq!(
        trace.get(large).unwrap().payload().unwrap().len(),
        300 << 10
    );
    assert!(trace.bytes_used() > 300 << 10);
    assert_eq!(trace.dropped().records, 1);
    let small = append(&mut trace, 2, "small", b"2");
    assert_eq!((trace.first(), trace.len()), (small, 1));
    assert_eq!(trace.dropped().records, 2);
    assert_eq!(trace.topic_id("large"), None);
    check_invariants(&trace);

    trace.set_budget(0);
    let newest = append(&mut trace, 3, "small", b"3");
    assert_eq!((trace.first(), trace.len()), (newest, 1));
}

#[test]
fn a_large_packet_among_small_ones_wastes_nothing() {
    let mut trace = Trace::new(64 << 20);
    for number in 0..40 {
        append(&mut trace, number, "small", &[0; 1_000]);
        append(&mut trace, number, "large", &vec![0; LARGEST_CHUNK]);
    }
    assert_eq!(trace.len(), 80);
    let needed = 40 * (LARGEST_CHUNK + 1_200);
    assert!(
        trace.bytes_used() < needed + LARGEST_CHUNK,
        "{}",
        trace.bytes_used()
    );
}

#[test]
fn a_flood_of_different_topics_stays_within_the_budget() {
    let mut trace = Trace::new(1 << 20);
    append(&mut trace, 0, "once", b"");
    for number in 1..100_000 {
        append(&mut trace, number, &format!("flood/{number}/value"), b"");
        assert!(trace.bytes_used() <= 1 << 20);
    }
    check_invariants(&trace);
    assert_eq!(trace.topic_count(), trace.len());
    assert_eq!(trace.topic_id("once"), None);

    // When the flood has passed, its tables go too, and the budget is for records again.
    for number in 0..100_000 {
        append(&mut trace, number, "calm", b"");
    }
    assert_eq!(trace.topic_count(), 1);
    assert!(trace.topics.bytes_used() < 20_000);
    let id = trace.topic_id("calm").unwrap();
    assert_eq!(trace.topic_records(id), trace.len());
    assert_eq!(trace.topic(id), Some("calm"));
}

#[test]
fn long_topics_behind_aliases_stay_within_the_budget() {
    // Packets of a few bytes whose topics, known by their aliases, are 60,000 bytes each.
    let mut trace = Trace::new(1 << 20);
    let topics: Vec<_> = (0..30)
        .map(|number| format!("{number}/{}", "t".repeat(60_000)))
        .collect();
    for round in 0..4 {
        for topic in &topics {
            let facts = PacketFacts {
                topic: Some(topic),
                ..PacketFacts::new(ProtocolVersion::V5_0)
            };
            let now = Instant::from_micros(round);
            trace.append_packet(now, CLIENT, Direction::Received, &[0x30; 9], facts);
            check_invariants(&trace);
            assert!(trace.bytes_used() < (1 << 20) + 100_000);
        }
    }
    assert!(!trace.is_empty());
}

#[test]
fn a_smaller_budget_takes_effect_at_once() {
    let mut trace = Trace::new(8 << 20);
    for number in 0..40_000 {
        append(&mut trace, number, "testtopic/1", &[0; 100]);
    }
    assert_eq!(trace.dropped(), Dropped::default());
    trace.set_budget(2 << 20);
    assert!(trace.bytes_used() <= 2 << 20);
    assert_eq!(trace.budget(), 2 << 20);
    assert_eq!(trace.dropped().records, trace.first().number());
    assert!(trace.len() > 1_000);
    check_invariants(&trace);
    // One chunk of the old size may be more than all of the new budget; it goes with the next.
    trace.set_budget(10_000);
    append(&mut trace, 0, "testtopic/1", &[0; 100]);
    assert!(trace.bytes_used() <= 10_000, "{}", trace.bytes_used());
}

#[test]
fn clearing_is_not_dropping() {
    let mut trace = Trace::new(1 << 20);
    append(&mut trace, 0, "a", b"");
    let second = append(&mut trace, 1, "a", b"");
    trace.clear();
    assert!(trace.is_empty());
    assert_eq!(
        (trace.first(), trace.next()),
        (second.following(), second.following())
    );
    assert_eq!(trace.dropped(), Dropped::default());
    assert_eq!((trace.topic_count(), trace.oldest_time()), (0, None));
    let third = append(&mut trace, 2, "a", b"");
    assert_eq!(third, second.following());
    assert_eq!(trace.get(third).unwrap().topic(), Some("a"));
    check_invariants(&trace);
}

#[test]
fn without_memory_records_are_dropped_and_counted_and_the_log_goes_on() {
    let mut trace = Trace::new(1 << 20);
    append(&mut trace, 0, "a", b"");
    append(&mut trace, 1, "a", b"");
    trace.memory_denied = true;
    // There is room in the chunk.
    append(&mut trace, 2, "b", b"");
    assert_eq!(trace.len(), 3);
    let lost = append(&mut trace, 3, "large", &vec![0; 100 << 10]);
    assert_eq!(trace.get(lost).map(|record| record.sequence()), None);
    assert!(trace.is_empty());
    assert_eq!((trace.topic_count(), trace.first()), (0, lost.following()));
    let span = (Instant::ORIGIN, Instant::from_micros(3));
    let (records, span) = (4, Some(span));
    assert_eq!(trace.dropped(), Dropped { records, span });
    check_invariants(&trace);
    trace.memory_denied = false;
    let next = append(&mut trace, 4, "a", b"");
    assert_eq!((trace.first(), trace.len()), (next, 1));
    check_invariants(&trace);
}

#[derive(Clone, Debug)]
enum Step {
    Packet { topic: Option<u8>, length: usize },
    Burst { topic: u8, count: u16 },
    Note { length: usize },
    Budget(usize),
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let length = prop_oneof![4 => 0..200_usize, 1 => 0..20_000_usize, 1 => 0..200_000_usize];
    let packet = (proptest::option::of(0..20_u8), length.clone())
        .prop_map(|(topic, length)| Step::Packet { topic, length });
    let burst = (any::<u8>(), 1..400_u16).prop_map(|(topic, count)| Step::Burst { topic, count });
    let step = prop_oneof![
        10 => packet,
        4 => burst,
        2 => length.prop_map(|length| Step::Note { length }),
        2 => (0..300_000_usize).prop_map(Step::Budget),
        1 => Just(Step::Clear),
    ];
    proptest::collection::vec(step, 1..80)
}

proptest! {
    #[test]
    fn behaves_as_a_vec_of_records_that_loses_its_oldest(steps in steps()) {
        let mut trace = Trace::new(100_000);
        let mut model: Vec<Expected> = Vec::new();
        let mut cleared = 0;
        for step in steps {
            let time = Instant::from_micros(model.len() as u64);
            match step {
                Step::Packet { topic, length } => {
                    let topic = topic.map(|topic| format!("topic/{topic}"));
                    let raw = vec![length as u8; length];
                    let facts = PacketFacts { topic: topic.as_deref(), ..PacketFacts::new(ProtocolVersion::V5_0) };
                    trace.append_packet(time, CLIENT, Direction::Sent, &raw, facts);
                    model.push(Expected { time, kind: RecordKind::Sent, topic, raw });
                }
                Step::Burst { topic, count } => for number in 0..count {
                    let topic = format!("{topic}/{number}");
                    let time = Instant::from_micros(model.len() as u64);
                    append(&mut trace, time.as_micros(), &topic, b"x");
                    let (raw, _) = publish(&topic, b"x");
                    let kind = RecordKind::Received;
                    model.push(Expected { time, kind, topic: Some(topic), raw });
                },
                Step::Note { length } => {
                    let text = "n".repeat(length);
                    let note = Note::LinkOpening { url: &text };
                    trace.append_note(time, None, &note);
                    let mut raw = Vec::new();
                    note.encode(&mut raw);
                    let kind = RecordKind::LinkOpening;
                    model.push(Expected { time, kind, topic: None, raw });
                }
                Step::Budget(budget) => trace.set_budget(budget),
                Step::Clear => {
                    cleared += trace.len() as u64;
                    trace.clear();
                }
            }
            check_invariants(&trace);
            prop_assert_eq!(trace.next(), Sequence::new(model.len() as u64));
            prop_assert_eq!(trace.first().number(), trace.dropped().records + cleared);
            prop_assert!(
                model.is_empty() || !trace.is_empty() || matches!(step, Step::Clear | Step::Budget(_))
            );
        }
        let first = trace.first().number() as usize;
        let read: Vec<_> = trace
            .records(Sequence::new(0)..Sequence::new(u64::MAX))
            .map(|record| Expected {
                time: record.time(),
                kind: record.kind(),
                topic: record.topic().map(str::to_owned),
                raw: record.raw().to_owned(),
            })
            .collect();
        prop_assert_eq!(&read[..], &model[first..]);
        let mut topics: Vec<_> = read.iter().filter_map(|record| record.topic.as_ref()).collect();
        topics.sort();
        for group in topics.chunk_by(|a, b| a == b) {
            let id = trace.topic_id(group[0]).unwrap();
            prop_assert_eq!(trace.topic_records(id), group.len());
        }
        topics.dedup();
        prop_assert_eq!(trace.topic_count(), topics.len());
    }
}
