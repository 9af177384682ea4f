//! What must hold for a link with any faults and any way of sending.

use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use mqtt_lab::codec::ControlPacketType;
use mqtt_lab::network::{Deed, Delivery, Fault, FaultRecord, Link, Packets, Target, Way, Ways};
use mqtt_lab::time::Instant;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Something that is done with a link.
#[derive(Clone, Debug)]
enum Step {
    Send(Way, Vec<u8>),
    Wait(u64),
    Add(Fault),
    RemoveFirst,
    Clear,
}

/// What came of a run.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    sent: [Vec<u8>; 2],
    arrived: [Vec<u8>; 2],
    deliveries: Vec<(Instant, Way, usize)>,
    records: Vec<FaultRecord>,
    is_untouched: bool,
}

impl Outcome {
    /// Bytes of packets, and of what is none, with this fate.
    fn bytes(&self, wanted: Way, fits: impl Fn(Deed) -> bool) -> usize {
        self.records
            .iter()
            .filter(|record| record.way == wanted && fits(record.deed))
            .map(|record| match record.target {
                Target::Packet { length, .. } | Target::Bytes { length } => length,
                Target::End => 0,
            })
            .sum()
    }
}

/// Runs the steps, then clears all faults and lets everything arrive.
fn run(seed: u64, steps: &[Step]) -> Outcome {
    let mut link = Link::new(seed);
    let mut now = Instant::ORIGIN;
    let mut outcome = Outcome::default();
    for step in steps {
        match step {
            Step::Send(way, bytes) => {
                link.send(*way, bytes, now).expect("there is room");
                outcome.sent[index(*way)].extend(bytes);
            }
            Step::Wait(micros) => {
                let until = now + Duration::from_micros(*micros);
                while let Some(due) = link.poll_timeout().filter(|&due| due <= until) {
                    if due > now {
                        let before = Instant::from_micros(due.as_micros() - 1);
                        assert_eq!(link.poll_delivery(before), None, "early");
                        now = due;
                    }
                    take(&mut link, now, &mut outcome);
                }
                now = until;
            }
            Step::Add(fault) => drop(link.add_fault(*fault, now)),
            Step::RemoveFirst => {
                let first = link.faults().next();
                if let Some(view) = first {
                    assert_eq!(link.remove_fault(view.id, now), Some(view.fault));
                }
            }
            Step::Clear => link.clear_faults(now),
        }
        let records = std::iter::from_fn(|| link.poll_fault());
        outcome.records.extend(records);
    }
    link.clear_faults(now);
    while let Some(due) = link.poll_timeout() {
        now = now.max(due);
        take(&mut link, now, &mut outcome);
    }
    for way in Way::ALL {
        assert_eq!(link.waiting(way), 0);
    }
    outcome.is_untouched = link.is_untouched();
    link.reset(now);
    let records = std::iter::from_fn(|| link.poll_fault());
    outcome.records.extend(records);
    outcome
}

fn take(link: &mut Link, now: Instant, outcome: &mut Outcome) {
    let (way, delivery) = link.poll_delivery(now).expect("it is due");
    let Delivery::Bytes(bytes) = delivery else {
        panic!("nothing was ended")
    };
    assert!(!bytes.is_empty());
    outcome.deliveries.push((now, way, bytes.len()));
    outcome.arrived[index(way)].extend(bytes);
}

fn index(way: Way) -> usize {
    match way {
        Way::Up => 0,
        Way::Down => 1,
    }
}

/// Whole packets of a few types, each with a number to know it by.
fn packets() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let packet = (0..3_u8, any::<u8>(), 0..300_usize).prop_map(|(kind, number, size)| match kind {
        0 => vec![0x40, 2, 1, number],
        1 => vec![0xd0, 0],
        _ => {
            let length = 5 + size;
            let mut packet = vec![0x32];
            packet.push(if length > 127 {
                length as u8 & 0x7f | 0x80
            } else {
                length as u8
            });
            packet.extend((length > 127).then_some((length >> 7) as u8));
            packet.extend([0, 1, b'a', 1, number]);
            packet.resize(packet.len() + size, number);
            packet
        }
    });
    vec(packet, 0..20)
}

fn ways() -> impl Strategy<Value = Ways> {
    select(&Ways::ALL[..])
}

fn kinds() -> impl Strategy<Value = Packets> {
    select(vec![
        Packets::Any,
        Packets::Of(ControlPacketType::Puback),
        Packets::Of(ControlPacketType::Publish),
    ])
}

fn count() -> impl Strategy<Value = NonZeroU32> {
    (1..6_u32).prop_map(|count| NonZeroU32::new(count).expect("not 0"))
}

/// Faults that change only when, and in which pieces, bytes arrive.
fn slow_faults() -> impl Strategy<Value = Fault> {
    let milliseconds = || (0..2_000_u64).prop_map(Duration::from_millis);
    prop_oneof![
        (ways(), milliseconds(), milliseconds()).prop_map(|(ways, delay, jitter)| Fault::Delay {
            ways,
            delay,
            jitter
        }),
        (ways(), count()).prop_map(|(ways, bytes)| Fault::Slice { ways, bytes }),
        (ways(), 1..5_000_u32).prop_map(|(ways, rate)| Fault::RateLimit {
            ways,
            bytes_per_second: NonZeroU32::new(rate).expect("not 0"),
        }),
    ]
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        slow_faults(),
        ways().prop_map(|ways| Fault::BlackHole { ways }),
        (ways(), kinds(), count()).prop_map(|(ways, packets, count)| Fault::Swallow {
            ways,
            packets,
            count
        }),
        (ways(), kinds(), count()).prop_map(|(ways, packets, count)| Fault::Duplicate {
            ways,
            packets,
            count
        }),
        (ways(), kinds(), 0..12_u32, 1..=255_u8, count()).prop_map(
            |(ways, packets, offset, mask, count)| Fault::Corrupt {
                ways,
                packets,
                offset,
                mask: NonZeroU8::new(mask).expect("not 0"),
                count
            }
        ),
    ]
}

fn way() -> impl Strategy<Value = Way> {
    select(&Way::ALL[..])
}

/// Streams of packets in any pieces, both ways at once, with what `faults` gives in between.
fn steps(
    faults: impl Strategy<Value = Step> + Clone + 'static,
) -> impl Strategy<Value = Vec<Step>> {
    let others = prop_oneof![
        2 => faults,
        1 => (0..3_000_000_u64).prop_map(Step::Wait),
    ];
    let piece = (way(), 1..60_usize);
    (packets(), packets(), vec((piece, others), 0..60)).prop_map(|(up, down, plan)| {
        let mut rest = [up.concat(), down.concat()];
        let mut steps = Vec::new();
        for ((way, size), other) in plan {
            let rest = &mut rest[index(way)];
            let behind = rest.split_off(size.min(rest.len()));
            steps.push(Step::Send(way, std::mem::replace(rest, behind)));
            steps.push(other);
        }
        let [up, down] = rest;
        steps.extend([Step::Send(Way::Up, up), Step::Send(Way::Down, down)]);
        steps
    })
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    steps(
        prop_oneof![
            4 => any_fault().prop_map(Step::Add),
            1 => Just(Step::RemoveFirst),
            1 => Just(Step::Clear),
        ]
        .boxed(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn without_faults_any_bytes_in_any_pieces_arrive_as_they_are(
        pieces in vec((way(), vec(any::<u8>(), 0..50), 0..1_000_u64), 0..30),
    ) {
        let steps: Vec<Step> = pieces
            .into_iter()
            .flat_map(|(way, bytes, micros)| [Step::Send(way, bytes), Step::Wait(micros)])
            .collect();
        let outcome = run(1, &steps);
        prop_assert_eq!(&outcome.arrived, &outcome.sent);
        prop_assert_eq!(&outcome.records, &[]);
        prop_assert!(outcome.is_untouched);
    }

    #[test]
    fn delay_slices_and_rate_keep_every_byte_in_its_order(
        seed in any::<u64>(),
        steps in steps(slow_faults().prop_map(Step::Add).boxed()),
    ) {
        let outcome = run(seed, &steps);
        prop_assert_eq!(&outcome.arrived, &outcome.sent);
        prop_assert!(outcome.is_untouched);
    }

    #[test]
    fn bytes_are_conserved(seed in any::<u64>(), steps in any_steps()) {
        let outcome = run(seed, &steps);
        for way in Way::ALL {
            let gone = outcome.bytes(way, |deed| matches!(deed, Deed::Lost | Deed::Swallowed));
            let more = outcome.bytes(way, |deed| deed == Deed::Duplicated);
            prop_assert_eq!(
                outcome.arrived[index(way)].len() + gone,
                outcome.sent[index(way)].len() + more
            );
        }
        prop_assert!(outcome.is_untouched);
        prop_assert!(outcome.deliveries.is_sorted_by_key(|&(at, ..)| at));
    }

    #[test]
    fn the_same_seed_gives_the_same_run(seed in any::<u64>(), steps in any_steps()) {
        prop_assert_eq!(run(seed, &steps), run(seed, &steps));
    }

    #[test]
    fn any_bytes_with_any_faults_never_panic(
        seed in any::<u64>(),
        faults in vec(any_fault(), 0..6),
        pieces in vec((way(), vec(any::<u8>(), 0..40), 0..100_000_u64), 0..30),
    ) {
        let mut steps: Vec<Step> = faults.into_iter().map(Step::Add).collect();
        for (way, bytes, micros) in pieces {
            steps.extend([Step::Send(way, bytes), Step::Wait(micros)]);
        }
        run(seed, &steps);
    }

    #[test]
    fn swallow_takes_exactly_the_next_n_however_the_stream_is_cut(
        packets in packets(),
        kinds in kinds(),
        count in count(),
        sizes in vec(1..40_usize, 1..50),
    ) {
        let fits = |packet: &Vec<u8>| match kinds {
            Packets::Any => true,
            Packets::Of(packet_type) => packet[0] >> 4 == packet_type.as_u8(),
        };
        let mut left = count.get();
        let expected: Vec<u8> = packets
            .iter()
            .filter(|packet| {
                let is_swallowed = left > 0 && fits(packet);
                left -= u32::from(is_swallowed);
                !is_swallowed
            })
            .flatten()
            .copied()
            .collect();
        let mut steps = vec![Step::Add(Fault::Swallow { ways: Ways::Down, packets: kinds, count })];
        let mut rest = packets.concat();
        for size in sizes {
            let behind = rest.split_off(size.min(rest.len()));
            steps.push(Step::Send(Way::Down, std::mem::replace(&mut rest, behind)));
        }
        steps.push(Step::Send(Way::Down, rest));
        let outcome = run(1, &steps);
        prop_assert_eq!(&outcome.arrived[1], &expected);
        let swallowed = outcome.records.iter().filter(|record| record.deed == Deed::Swallowed);
        prop_assert_eq!(swallowed.count() as u32, count.get() - left);
    }
}
