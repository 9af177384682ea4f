use core::num::{NonZeroU8, NonZeroU32};
use core::time::Duration;

use super::*;
use crate::codec::{ControlPacketType, PacketId};
use crate::time::Instant;

const NOW: Instant = Instant::ORIGIN;
const PUBLISH: &[u8] = b"\x30\x08\x00\x03a/b123";
const PUBLISH_QOS_1: &[u8] = b"\x32\x0a\x00\x03a/b\x12\x34123";
const PUBACK: &[u8] = &[0x40, 2, 0, 7];
const PINGRESP: &[u8] = &[0xd0, 0];

fn count(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn at(milliseconds: u64) -> Instant {
    Instant::from_millis(milliseconds)
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn link_with(faults: &[Fault]) -> Link {
    let mut link = Link::new(1);
    for &fault in faults {
        link.add_fault(fault, NOW).unwrap();
    }
    link
}

/// What arrives by `now` in one direction, each delivery apart.
fn arrived(link: &mut Link, way: Way, now: Instant) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let Some((came, delivery)) = link.poll_delivery(now) {
        assert_eq!(came, way);
        match delivery {
            Delivery::Bytes(bytes) => {
                assert!(!bytes.is_empty());
                all.push(bytes);
            }
            Delivery::End => all.push(b"END".to_vec()),
        }
    }
    all
}

fn records(link: &mut Link) -> Vec<(Target, Deed)> {
    core::iter::from_fn(|| link.poll_fault())
        .map(|record| (record.target, record.deed))
        .collect()
}

fn packet(packet_type: ControlPacketType, packet_id: u16, length: usize) -> Target {
    Target::Packet {
        packet_type,
        packet_id: PacketId::new(packet_id),
        length,
    }
}

fn swallow(ways: Ways, packets: Packets, number: u32) -> Fault {
    Fault::Swallow {
        ways,
        packets,
        count: count(number),
    }
}

const ACKS: Packets = Packets::Of(ControlPacketType::Puback);

#[test]
fn without_faults_everything_arrives_at_once_as_it_was_sent() {
    let mut link = Link::new(1);
    assert!(link.is_untouched());
    link.send(Way::Up, b"anything", NOW).unwrap();
    link.send(Way::Up, b"", NOW).unwrap();
    link.send(Way::Down, PUBLISH, NOW).unwrap();
    assert!(!link.is_untouched());
    assert_eq!(link.waiting(Way::Up), 8);
    assert_eq!(link.poll_timeout(), Some(NOW));
    let bytes = |bytes: &[u8]| Delivery::Bytes(bytes.to_vec());
    assert_eq!(link.poll_delivery(NOW), Some((Way::Up, bytes(b"anything"))));
    assert_eq!(link.poll_delivery(NOW), Some((Way::Down, bytes(PUBLISH))));
    assert_eq!(link.poll_delivery(NOW), None);
    assert!(link.is_untouched());
    assert_eq!(link.poll_timeout(), None);
    assert_eq!(records(&mut link), []);
}

#[test]
fn swallow_takes_exactly_so_many_of_its_kind_and_then_is_gone() {
    let mut link = link_with(&[swallow(Ways::Down, ACKS, 2)]);
    for _ in 0..3 {
        link.send(Way::Down, &[PUBACK, PINGRESP].concat(), NOW)
            .unwrap();
        link.send(Way::Up, PUBACK, NOW).unwrap();
    }
    let mut down = Vec::new();
    let mut up = Vec::new();
    while let Some((way, Delivery::Bytes(bytes))) = link.poll_delivery(NOW) {
        match way {
            Way::Down => down.extend(bytes),
            Way::Up => up.extend(bytes),
        }
    }
    assert_eq!(down, [PINGRESP, PINGRESP, PUBACK, PINGRESP].concat());
    assert_eq!(up, PUBACK.repeat(3));
    let lost = (packet(ControlPacketType::Puback, 7, 4), Deed::Swallowed);
    assert_eq!(records(&mut link), [lost, lost]);
    assert!(link.is_untouched());
}

#[test]
fn a_packet_is_swallowed_whole_when_it_comes_in_single_bytes_and_the_fault_is_removed() {
    let mut link = link_with(&[swallow(Ways::Up, Packets::Any, 1)]);
    for &byte in &PUBLISH_QOS_1[..6] {
        link.send(Way::Up, &[byte], NOW).unwrap();
    }
    link.clear_faults(NOW);
    assert!(!link.is_untouched());
    for &byte in &PUBLISH_QOS_1[6..] {
        link.send(Way::Up, &[byte], NOW).unwrap();
    }
    assert!(link.is_untouched());
    link.send(Way::Up, PINGRESP, NOW).unwrap();
    assert_eq!(arrived(&mut link, Way::Up, NOW), [PINGRESP]);
    assert_eq!(
        records(&mut link),
        [(
            packet(ControlPacketType::Publish, 0x1234, 12),
            Deed::Swallowed
        )]
    );
}

#[test]
fn a_black_hole_takes_packets_and_the_end_and_leaves_the_other_way() {
    let mut link = link_with(&[]);
    link.send(Way::Down, &PUBLISH[..5], NOW).unwrap();
    let hole = Fault::BlackHole { ways: Ways::Down };
    let id = link.add_fault(hole, NOW).unwrap();
    // The rest of a packet that has begun passes.
    link.send(Way::Down, &[&PUBLISH[5..], PUBACK].concat(), NOW)
        .unwrap();
    assert_eq!(arrived(&mut link, Way::Down, NOW).concat(), PUBLISH);
    link.end(Way::Down, NOW);
    assert_eq!(arrived(&mut link, Way::Down, at(1_000)), [[0_u8; 0]; 0]);
    link.send(Way::Up, PUBACK, at(1_000)).unwrap();
    assert_eq!(arrived(&mut link, Way::Up, at(1_000)), [PUBACK]);
    assert_eq!(
        records(&mut link),
        [
            (packet(ControlPacketType::Puback, 7, 4), Deed::Lost),
            (Target::End, Deed::Lost),
        ]
    );
    // What has begun in the hole stays there, also when the hole is gone.
    link.send(Way::Down, &PUBLISH[..5], at(1_000)).unwrap();
    assert_eq!(link.remove_fault(id, at(1_000)), Some(hole));
    assert_eq!(link.remove_fault(id, at(1_000)), None);
    link.send(Way::Down, &[&PUBLISH[5..], PUBACK].concat(), at(1_000))
        .unwrap();
    assert_eq!(arrived(&mut link, Way::Down, at(1_000)), [PUBACK]);
}

#[test]
fn a_delay_keeps_the_order_and_its_timeout_is_exact() {
    let mut link = link_with(&[Fault::Delay {
        ways: Ways::Up,
        delay: ms(100),
        jitter: ms(50),
    }]);
    let packets: Vec<Vec<u8>> = (0..50).map(|n| vec![0x40, 2, 0, n + 1]).collect();
    for (n, packet) in packets.iter().enumerate() {
        link.send(Way::Up, packet, at(n as u64)).unwrap();
    }
    let mut got = Vec::new();
    let mut now = NOW;
    while let Some(due) = link.poll_timeout() {
        assert!(due >= now && due >= at(100));
        assert_eq!(
            link.poll_delivery(Instant::from_micros(due.as_micros() - 1)),
            None
        );
        now = due;
        let (_, delivery) = link.poll_delivery(now).unwrap();
        got.push(delivery);
    }
    assert!(now <= at(49 + 150));
    let sent: Vec<_> = packets.into_iter().map(Delivery::Bytes).collect();
    assert_eq!(got, sent);
    let delays: Vec<Duration> = core::iter::from_fn(|| link.poll_fault())
        .map(|record| match record.deed {
            Deed::Delayed { by } => by,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(delays.len(), 50);
    assert!(delays.iter().all(|by| (ms(100)..=ms(150)).contains(by)));
    assert!(delays.iter().any(|by| *by < ms(110)) && delays.iter().any(|by| *by > ms(140)));
}

#[test]
fn removing_a_delay_lets_everything_go_on_and_the_end_stays_the_end() {
    let mut link = link_with(&[Fault::Delay {
        ways: Ways::Both,
        delay: ms(1_000),
        jitter: Duration::ZERO,
    }]);
    link.send(Way::Up, PUBACK, NOW).unwrap();
    link.end(Way::Up, NOW);
    link.send(Way::Up, PINGRESP, NOW).unwrap();
    assert_eq!(arrived(&mut link, Way::Up, at(999)), [[0_u8; 0]; 0]);
    link.clear_faults(at(999));
    assert_eq!(arrived(&mut link, Way::Up, at(999)), [PUBACK, b"END"]);
    assert_eq!(link.poll_timeout(), None);
}

#[test]
fn a_duplicate_arrives_behind_the_first_also_when_it_was_split() {
    let mut link = link_with(&[Fault::Duplicate {
        ways: Ways::Up,
        packets: Packets::Of(ControlPacketType::Publish),
        count: count(1),
    }]);
    let stream = [PINGRESP, PUBLISH_QOS_1, PINGRESP, PUBLISH_QOS_1].concat();
    for byte in &stream {
        link.send(Way::Up, &[*byte], NOW).unwrap();
    }
    let expected = [
        PINGRESP,
        PUBLISH_QOS_1,
        PUBLISH_QOS_1,
        PINGRESP,
        PUBLISH_QOS_1,
    ];
    assert_eq!(arrived(&mut link, Way::Up, NOW).concat(), expected.concat());
    assert_eq!(
        records(&mut link),
        [(
            packet(ControlPacketType::Publish, 0x1234, 12),
            Deed::Duplicated
        )]
    );
}

#[test]
fn what_is_too_large_to_copy_arrives_once_and_does_not_count() {
    let mut link = link_with(&[Fault::Duplicate {
        ways: Ways::Up,
        packets: Packets::Any,
        count: count(1),
    }]);
    let mut large = b"\x30\x84\x80\x40\x00\x01a".to_vec();
    large.resize(4 + COPY_MAXIMUM + 4, 7);
    link.send(Way::Up, &large, NOW).unwrap();
    assert_eq!(arrived(&mut link, Way::Up, NOW).concat(), large);
    assert_eq!(link.faults().next().map(|view| view.touched), Some(0));
}

#[test]
fn corrupt_changes_one_byte_and_skips_packets_that_have_none_there() {
    let mut link = link_with(&[Fault::Corrupt {
        ways: Ways::Down,
        packets: Packets::Any,
        offset: 3,
        mask: NonZeroU8::new(0x81).unwrap(),
        count: count(1),
    }]);
    let stream = [PINGRESP, PUBACK, PUBACK].concat();
    for chunk in stream.chunks(3) {
        link.send(Way::Down, chunk, NOW).unwrap();
    }
    let mut expected = stream;
    expected[5] = 7 ^ 0x81;
    assert_eq!(arrived(&mut link, Way::Down, NOW).concat(), expected);
    assert_eq!(
        records(&mut link),
        [(
            // As it was sent.
            packet(ControlPacketType::Puback, 7, 4),
            Deed::Corrupted {
                offset: 3,
                before: 7,
                after: 0x86
            }
        )]
    );
    assert!(link.is_untouched());
}

#[test]
fn slices_are_at_most_so_long_and_begin_with_each_packet() {
    let mut link = link_with(&[Fault::Slice {
        ways: Ways::Both,
        bytes: count(3),
    }]);
    link.send(Way::Up, &[PUBACK, PINGRESP].concat(), NOW)
        .unwrap();
    assert_eq!(
        arrived(&mut link, Way::Up, NOW),
        [&PUBACK[..3], &PUBACK[3..], PINGRESP]
    );
    assert_eq!(
        records(&mut link),
        [(
            packet(ControlPacketType::Puback, 7, 4),
            Deed::Sliced { bytes: 3 }
        )]
    );
}

#[test]
fn a_rate_limit_lets_through_what_it_says_to_the_microsecond() {
    let mut link = link_with(&[Fault::RateLimit {
        ways: Ways::Up,
        bytes_per_second: count(300),
    }]);
    let packet = [&[0x30, 0x7f, 0, 1][..], &[b'a'; 125]].concat();
    link.send(Way::Up, &packet, NOW).unwrap();
    link.send(Way::Up, &packet, NOW).unwrap();
    let mut bytes = 0_u64;
    while let Some(due) = link.poll_timeout() {
        let (_, delivery) = link.poll_delivery(due).unwrap();
        let Delivery::Bytes(piece) = delivery else {
            panic!("{delivery:?}")
        };
        bytes += piece.len() as u64;
        assert!(piece.len() <= 6);
        assert_eq!(due.as_micros(), (bytes * 1_000_000).div_ceil(300));
    }
    assert_eq!(bytes, 2 * packet.len() as u64);
    // After a pause the line is free, and has saved nothing up.
    link.send(Way::Up, PUBACK, at(10_000)).unwrap();
    assert_eq!(link.poll_timeout(), Some(Instant::from_micros(10_013_334)));
    link.clear_faults(at(10_001));
    assert_eq!(arrived(&mut link, Way::Up, at(10_001)), [PUBACK]);
}

#[test]
fn the_narrowest_of_several_counts_and_delays_add_up() {
    let rate = |bytes_per_second| Fault::RateLimit {
        ways: Ways::Up,
        bytes_per_second: count(bytes_per_second),
    };
    let delay = Fault::Delay {
        ways: Ways::Up,
        delay: ms(10),
        jitter: Duration::ZERO,
    };
    let mut link = link_with(&[rate(1_000), delay, rate(100), delay]);
    link.send(Way::Up, PINGRESP, NOW).unwrap();
    assert_eq!(link.poll_timeout(), Some(at(40)));
}

#[test]
fn malformed_bytes_pass_unharmed_by_faults_for_packets() {
    let everything = [
        swallow(Ways::Both, Packets::Any, 9),
        Fault::Duplicate {
            ways: Ways::Both,
            packets: Packets::Any,
            count: count(9),
        },
        Fault::Corrupt {
            ways: Ways::Both,
            packets: Packets::Any,
            offset: 0,
            mask: NonZeroU8::MAX,
            count: count(9),
        },
    ];
    for stream in [
        &b"\x00\x01\x02"[..],
        b"\x30\xff\xff\xff\xff\x01",
        b"HTTP/1.1 400",
    ] {
        for size in 1..=stream.len() {
            let mut link = link_with(&everything);
            for chunk in stream.chunks(size) {
                link.send(Way::Down, chunk, NOW).unwrap();
            }
            assert_eq!(arrived(&mut link, Way::Down, NOW).concat(), stream);
            assert_eq!(records(&mut link), []);
        }
    }
    let mut link = link_with(&[Fault::BlackHole { ways: Ways::Down }]);
    link.send(Way::Down, b"\x00\x01\x02", NOW).unwrap();
    assert_eq!(arrived(&mut link, Way::Down, NOW), [[0_u8; 0]; 0]);
    assert_eq!(
        records(&mut link),
        [(Target::Bytes { length: 3 }, Deed::Lost)]
    );
}

#[test]
fn an_unfinished_packet_arrives_as_far_as_it_was_sent() {
    let mut link = link_with(&[swallow(Ways::Up, ACKS, 1)]);
    link.send(Way::Up, &PUBLISH[..7], NOW).unwrap();
    assert_eq!(arrived(&mut link, Way::Up, NOW), [&PUBLISH[..7]]);
    // Some of a fixed header waits for the rest, or for the end.
    link.reset(NOW);
    link.send(Way::Up, b"\x30\x80", NOW).unwrap();
    assert_eq!(arrived(&mut link, Way::Up, NOW), [[0_u8; 0]; 0]);
    assert_eq!(link.waiting(Way::Up), 2);
    link.end(Way::Up, NOW);
    assert_eq!(arrived(&mut link, Way::Up, NOW), [&b"\x30\x80"[..], b"END"]);
    // Or for the last fault to go; then the packet is one that has begun before.
    link.reset(NOW);
    link.send(Way::Up, b"\x40", NOW).unwrap();
    link.clear_faults(NOW);
    assert_eq!(arrived(&mut link, Way::Up, NOW), [b"\x40"]);
    link.add_fault(swallow(Ways::Up, ACKS, 1), NOW).unwrap();
    link.send(Way::Up, &[&PUBACK[1..], PUBACK].concat(), NOW)
        .unwrap();
    assert_eq!(arrived(&mut link, Way::Up, NOW).concat(), &PUBACK[1..]);
}

#[test]
fn a_fault_that_comes_within_a_packet_is_for_the_next() {
    let mut link = Link::new(1);
    // The link was left out so far.
    link.watch(Way::Down, &[PUBLISH, &PUBLISH[..4]].concat());
    link.add_fault(swallow(Ways::Down, Packets::Any, 1), NOW)
        .unwrap();
    let rest = [&PUBLISH[4..], PUBACK, PINGRESP].concat();
    link.send(Way::Down, &rest, NOW).unwrap();
    assert_eq!(
        arrived(&mut link, Way::Down, NOW).concat(),
        [&PUBLISH[4..], PINGRESP].concat()
    );
}

#[test]
fn what_a_swallowed_packet_was_is_told_when_it_breaks_off() {
    let mut link = link_with(&[swallow(Ways::Up, Packets::Any, 1)]);
    link.send(Way::Up, &PUBLISH_QOS_1[..8], NOW).unwrap();
    assert_eq!(records(&mut link), []);
    link.reset(NOW);
    // Of its Packet Identifier, one byte was sent.
    assert_eq!(
        records(&mut link),
        [(packet(ControlPacketType::Publish, 0, 12), Deed::Swallowed)]
    );
}

#[test]
fn the_packet_identifier_is_found_in_every_type_that_has_one() {
    for (bytes, packet_id) in [
        (PUBLISH_QOS_1, 0x1234),
        (PUBLISH, 0),
        (&[0x50, 2, 1, 0][..], 256),
        (&[0x62, 2, 0, 9][..], 9),
        (&[0x70, 2, 0, 9][..], 9),
        (&[0x82, 6, 0, 3, 0, 1, b'a', 0][..], 3),
        (&[0x90, 3, 0, 4, 0][..], 4),
        (&[0xa2, 5, 0, 5, 0, 1, b'a'][..], 5),
        (&[0xb0, 2, 0, 6][..], 6),
        (PINGRESP, 0),
        (&[0x20, 2, 0, 0][..], 0),
    ] {
        for size in 1..=bytes.len() {
            let mut link = link_with(&[swallow(Ways::Up, Packets::Any, 1)]);
            for chunk in bytes.chunks(size) {
                link.send(Way::Up, chunk, NOW).unwrap();
            }
            let found = match link.poll_fault().map(|record| record.target) {
                Some(Target::Packet { packet_id, .. }) => packet_id,
                other => panic!("{bytes:02x?}: {other:?}"),
            };
            assert_eq!(found, PacketId::new(packet_id), "{bytes:02x?}");
        }
    }
}

#[test]
fn both_ways_share_one_count() {
    let mut link = link_with(&[swallow(Ways::Both, Packets::Any, 2)]);
    let id = link.faults().next().unwrap().id;
    link.send(Way::Up, PUBACK, NOW).unwrap();
    let view = link.faults().next().unwrap();
    assert_eq!((view.id, view.left, view.touched), (id, Some(count(1)), 1));
    link.send(Way::Down, PUBACK, NOW).unwrap();
    assert_eq!(link.faults().len(), 0);
    assert_eq!(link.poll_delivery(NOW), None);
}

#[test]
fn everything_is_bounded() {
    let delay = Fault::Delay {
        ways: Ways::Both,
        delay: Duration::from_secs(3_600),
        jitter: Duration::ZERO,
    };
    let mut link = link_with(&[delay; MAXIMUM_FAULTS]);
    assert_eq!(
        link.add_fault(delay, NOW)
            .map_err(|error| error.to_string()),
        Err("link has 32 faults; at most 32 are possible".to_owned())
    );
    link.clear_faults(NOW);
    link.add_fault(delay, NOW).unwrap();
    let mut sent = 0;
    let refused = loop {
        match link.send(Way::Up, PINGRESP, NOW) {
            Ok(()) => sent += 1,
            Err(refused) => break refused,
        }
        assert_eq!(link.is_full(Way::Up), sent * 66 >= CONGESTED_BYTES);
        assert_eq!(link.waiting(Way::Up), 2 * sent);
    };
    assert_eq!(sent, MAXIMUM_BYTES.div_ceil(66));
    assert_eq!(
        refused.to_string(),
        "link holds 16777266 bytes back; it takes no more from 16777216 on"
    );
    assert!(!link.is_full(Way::Down));
    assert_eq!(records(&mut link).len(), MAXIMUM_RECORDS);
    assert_eq!(link.records_left_out(), (sent - MAXIMUM_RECORDS) as u64);
}

#[test]
fn another_connection_begins_with_nothing_on_its_way_and_the_same_faults() {
    let mut link = link_with(&[
        Fault::RateLimit {
            ways: Ways::Up,
            bytes_per_second: count(1),
        },
        swallow(Ways::Up, ACKS, 1),
    ]);
    link.send(Way::Up, &PUBLISH[..4], NOW).unwrap();
    link.end(Way::Up, NOW);
    link.reset(at(500));
    assert_eq!(link.poll_timeout(), None);
    assert_eq!(link.faults().len(), 2);
    link.send(Way::Up, PUBACK, at(600)).unwrap();
    link.send(Way::Up, PINGRESP, at(600)).unwrap();
    assert_eq!(link.poll_timeout(), Some(at(1_600)));
}
