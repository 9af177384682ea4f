//! Any order of records, read back by a reader of its own.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::codec::ProtocolVersion;
use crate::lab::trace::{PacketFacts, Trace};

const CLOCK: WallClock = WallClock {
    origin_unix_milliseconds: 1_795_303_815_250,
    minutes_ahead_of_utc: 60,
};

#[derive(Clone, Debug)]
enum Step {
    Opening,
    Open,
    Close(ClosedBy),
    Packet(Direction, usize),
}

fn steps() -> impl Strategy<Value = Vec<(u16, Step)>> {
    let step = prop_oneof![
        2 => Just(Step::Opening),
        2 => Just(Step::Open),
        1 => prop_oneof![
            Just(ClosedBy::Client), Just(ClosedBy::Server), Just(ClosedBy::Network), Just(ClosedBy::Fault),
        ].prop_map(Step::Close),
        4 => (any::<bool>(), prop_oneof![0_usize..300, 65_490_usize..65_500, 200_000_usize..200_010])
            .prop_map(|(is_sent, length)| {
                let direction = if is_sent { Direction::Sent } else { Direction::Received };
                Step::Packet(direction, length)
            }),
    ];
    prop::collection::vec((1..4_u16, step), 0..30)
}

/// A frame of the file: whose, when, and what TCP says.
struct Segment {
    interface: u32,
    time: u64,
    from_client: bool,
    port: u16,
    flags: u8,
    sequence: u32,
    acknowledged: u32,
    data: Vec<u8>,
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().unwrap())
}

/// The names of the interfaces, and every frame; each block and each header is checked on the way.
fn read(file: &[u8]) -> (usize, Vec<Segment>) {
    let (mut rest, mut interfaces, mut segments) = (file, 0, Vec::new());
    while !rest.is_empty() {
        let length = number(&rest[4..8]) as usize;
        assert_eq!(length % 4, 0);
        assert_eq!(number(&rest[length - 4..length]) as usize, length);
        let body = &rest[8..length - 4];
        match number(&rest[..4]) {
            0x0a0d_0d0a => assert_eq!(rest.len(), file.len(), "one section, in front"),
            1 => interfaces += 1,
            6 => segments.push(segment(body)),
            other => panic!("block type {other}"),
        }
        rest = &rest[length..];
    }
    (interfaces, segments)
}

fn segment(body: &[u8]) -> Segment {
    let captured = number(&body[12..16]) as usize;
    assert_eq!(number(&body[16..20]) as usize, captured);
    let frame = &body[20..20 + captured];
    assert_eq!(frame[12..14], [8, 0]);
    let ip = &frame[14..];
    assert_eq!(usize::from(u16::from_be_bytes([ip[2], ip[3]])), ip.len());
    let sum = |bytes: &[u8]| -> u32 {
        bytes
            .chunks(2)
            .map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)))
            .fold(0, |sum, word| {
                let sum = sum + word;
                (sum & 0xffff) + (sum >> 16)
            })
    };
    assert_eq!(sum(&ip[..20]), 0xffff, "IPv4 checksum");
    let tcp = &ip[20..];
    let mut pseudo = ip[12..20].to_vec();
    pseudo.extend([0, 6]);
    pseudo.extend((tcp.len() as u16).to_be_bytes());
    pseudo.extend(tcp);
    assert_eq!(sum(&pseudo), 0xffff, "TCP checksum");
    let word = |at: usize| u32::from_be_bytes(tcp[at..at + 4].try_into().unwrap());
    let ports = [[tcp[0], tcp[1]], [tcp[2], tcp[3]]].map(u16::from_be_bytes);
    let from_client = ports[1] == 1_883;
    Segment {
        interface: number(&body[..4]),
        time: u64::from(number(&body[4..8])) << 32 | u64::from(number(&body[8..12])),
        from_client,
        port: if from_client { ports[0] } else { ports[1] },
        flags: tcp[13],
        sequence: word(4),
        acknowledged: word(8),
        data: tcp[usize::from(tcp[12] >> 4) * 4..].to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_of_records_makes_streams_without_a_gap(steps in steps()) {
        let mut trace = Trace::new(64 << 20);
        let mut sent: BTreeMap<(u32, bool), Vec<u8>> = BTreeMap::new();
        let mut interfaces: Vec<u16> = Vec::new();
        for (place, (client, step)) in steps.iter().enumerate() {
            let key = ClientKey::new(*client);
            let now = Instant::from_micros(place as u64);
            let (url, code, reason) = ("ws://h/mqtt", Some(1006), "größer");
            if !matches!(step, Step::Close(_)) && !interfaces.contains(client) {
                interfaces.push(*client);
            }
            match step {
                Step::Opening => trace.append_note(now, Some(key), &Note::LinkOpening { url }),
                Step::Open => trace.append_note(now, Some(key), &Note::LinkOpen { subprotocol: "mqtt" }),
                Step::Close(by) => {
                    trace.append_note(now, Some(key), &Note::LinkClose { by: *by, code, reason })
                }
                Step::Packet(direction, length) => {
                    let raw = vec![place as u8; *length];
                    let interface = interfaces.iter().position(|own| own == client).unwrap();
                    let from_client = *direction == Direction::Sent;
                    sent.entry((interface as u32, from_client)).or_default().extend(&raw);
                    let facts = PacketFacts::new(ProtocolVersion::V5_0);
                    trace.append_packet(now, key, *direction, &raw, facts)
                }
            };
        }
        let mut writer = PcapngWriter::new(CLOCK);
        let mut file = Vec::new();
        for record in trace.records(trace.first()..trace.next()) {
            writer.write(&record, "a client");
            file.extend(writer.take());
        }
        file.extend(writer.take());
        let (count, segments) = read(&file);
        prop_assert_eq!(count, interfaces.len());
        prop_assert!(segments.is_sorted_by_key(|segment| segment.time));
        // By stream: what each end sends next, client first.
        let mut streams: BTreeMap<(u32, u16), [u32; 2]> = BTreeMap::new();
        let mut carried: BTreeMap<(u32, bool), Vec<u8>> = BTreeMap::new();
        for segment in &segments {
            let stream = (segment.interface, segment.port);
            if segment.flags == SYN {
                prop_assert!(segment.from_client && !streams.contains_key(&stream));
            }
            let next = streams.entry(stream).or_default();
            let (own, other) = if segment.from_client { (0, 1) } else { (1, 0) };
            prop_assert_eq!(segment.sequence, next[own]);
            if segment.flags & ACK != 0 {
                prop_assert!(segment.acknowledged <= next[other]);
            }
            // A SYN and a FIN take a number of their own.
            next[own] += segment.data.len() as u32 + u32::from(segment.flags & (SYN | FIN) != 0);
            carried.entry((segment.interface, segment.from_client)).or_default().extend(&segment.data);
        }
        carried.retain(|_, bytes| !bytes.is_empty());
        sent.retain(|_, bytes| !bytes.is_empty());
        prop_assert_eq!(carried, sent, "every byte, once and in its order");
    }
}
