//! The ladder, over random runs of clients, the lab broker and faults.

mod lab_broker_world;
mod ladder_of;

use std::collections::BTreeMap;
use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use lab_broker_world::World;
use ladder_of::{ladder_of, words};
use mqtt_lab::codec::Qos;
use mqtt_lab::lab::trace::{RecordKind, Sequence};
use mqtt_lab::lab::wire::ladder::{Ladder, LadderChoice};
use mqtt_lab::lab::{Command, Fault, Packets, Ways};
use proptest::prelude::*;

const ONE: NonZeroU32 = NonZeroU32::MIN;

/// What happens in a random run.
#[derive(Clone, Debug)]
enum Step {
    Publish(usize, u8),
    Connect(usize),
    Disconnect(usize),
    Cut(usize),
    Fault(usize, u8, u8),
    ClearFaults,
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..3, 0_u8..3).prop_map(|(who, qos)| Step::Publish(who, qos)),
        2 => (0_usize..3).prop_map(Step::Connect),
        1 => (0_usize..3).prop_map(Step::Disconnect),
        1 => (0_usize..3).prop_map(Step::Cut),
        3 => (0_usize..3, 0_u8..7, 0_u8..3).prop_map(|(who, kind, ways)| Step::Fault(who, kind, ways)),
        1 => Just(Step::ClearFaults),
        2 => (1_u16..3_000).prop_map(Step::Pass),
    ]
}

fn run(steps: &[Step]) -> World {
    let names = ["alice", "bob", "carol"];
    let mut world = World::of(&names);
    for name in names {
        world.edit(name, |form| form.clean_session = false);
        world.connect(name);
        world.subscribe(name, "t/#", Qos::ExactlyOnce);
    }
    for step in steps {
        match *step {
            Step::Publish(who, qos) => {
                let client = world.key(names[who]);
                let form = mqtt_lab::lab::PublishForm {
                    topic: "t/1".to_owned(),
                    message: "message".to_owned(),
                    qos: Qos::from_u8(qos).unwrap(),
                    ..mqtt_lab::lab::PublishForm::default()
                };
                let form = Box::new(form);
                let _ = world.try_command(Command::EditPublish { client, form });
                let _ = world.try_command(Command::Publish { client });
            }
            Step::Connect(who) => {
                let client = world.key(names[who]);
                let _ = world.try_command(Command::Connect { client });
            }
            Step::Disconnect(who) => {
                let client = world.key(names[who]);
                let reason_code = mqtt_lab::codec::ReasonCode::Success;
                let _ = world.try_command(Command::Disconnect {
                    client,
                    reason_code,
                });
            }
            Step::Cut(who) => {
                let client = world.key(names[who]);
                let _ = world.try_command(Command::CutNow { client });
            }
            Step::Fault(who, kind, ways) => {
                let client = world.key(names[who]);
                let ways = Ways::ALL[usize::from(ways)];
                let packets = Packets::Any;
                let fault = match kind {
                    0 => Fault::BlackHole { ways },
                    1 => Fault::Swallow {
                        ways,
                        packets,
                        count: ONE,
                    },
                    2 => Fault::Delay {
                        ways,
                        delay: Duration::from_millis(700),
                        jitter: Duration::from_millis(900),
                    },
                    3 => Fault::Duplicate {
                        ways,
                        packets,
                        count: ONE,
                    },
                    4 => Fault::Corrupt {
                        ways,
                        packets,
                        offset: 1,
                        mask: NonZeroU8::MIN,
                        count: ONE,
                    },
                    5 => Fault::Slice { ways, bytes: ONE },
                    _ => Fault::RateLimit {
                        ways,
                        bytes_per_second: NonZeroU32::new(40).unwrap(),
                    },
                };
                let _ = world.try_command(Command::AddFault { client, fault });
            }
            Step::ClearFaults => {
                let _ = world.try_command(Command::ClearAllFaults);
            }
            Step::Pass(milliseconds) => world.pass(Duration::from_millis(milliseconds.into())),
        }
    }
    world
}

/// How often each record stands in the ladder.
fn appearances(ladder: &Ladder) -> BTreeMap<u64, usize> {
    let mut seen = BTreeMap::new();
    let extent = ladder.extent();
    for number in extent.first..extent.end {
        for record in ladder.records_of(number) {
            *seen.entry(record.number()).or_default() += 1;
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_packet_stands_in_exactly_one_arrow(
        steps in proptest::collection::vec(step(), 0..60),
        limit in 1_usize..50,
        chosen in 0_usize..4,
    ) {
        let world = run(&steps);
        let clients = ["alice", "bob", "carol"].map(|name| world.key(name));
        let clients = (chosen < 3).then(|| vec![clients[chosen]]);
        let choice = LadderChoice { clients, ..LadderChoice::default() };
        let mut ladder = Ladder::new(choice.clone());
        while ladder.follow(&world.lab, limit) {}
        let seen = appearances(&ladder);
        for record in world.records().filter(|record| record.kind().is_packet()) {
            let is_chosen = record.client().is_some_and(|client| choice.includes(client));
            let expected = usize::from(is_chosen);
            let times = seen.get(&record.sequence().number()).copied().unwrap_or(0);
            prop_assert_eq!(times, expected, "{:?}", record);
            if is_chosen {
                let row = ladder.row_of(&world.lab, record.sequence());
                prop_assert!(row.is_some(), "{:?}", record);
            }
        }
        // However it is cut into shares, it is the same ladder.
        let whole = ladder_of(&world, choice);
        prop_assert_eq!(words(&world, &whole), words(&world, &ladder));
        // And however it is cut into windows, the same picture.
        let lanes = ladder.lanes(&world.lab);
        let extent = ladder.extent();
        let picture = ladder.picture(&world.lab, &lanes, extent.first..extent.end);
        let mut number = extent.first;
        while number < extent.end {
            let part = ladder.picture(&world.lab, &lanes, number..number + 5);
            for row in &part.rows {
                prop_assert!(picture.rows.contains(row));
            }
            for line in &part.lines {
                prop_assert!(picture.lines.contains(line));
            }
            number += 5;
        }
        // No arrow goes up, and every end of one is at a lane that is there.
        for line in &picture.lines {
            prop_assert!(line.from.0 <= line.to.0);
            prop_assert!(line.from.1 < lanes.len() && line.to.1 < lanes.len());
        }
    }

    /// What the ladder takes for the other end of a packet is it: where nothing is changed on the
    /// way, both ends have the same bytes, and none arrives before it was sent.
    #[test]
    fn both_ends_of_an_arrow_are_the_same_packet(steps in proptest::collection::vec(step(), 0..60)) {
        let steps: Vec<_> = steps
            .into_iter()
            .filter(|step| !matches!(step, Step::Fault(_, 4, _)))
            .collect();
        let world = run(&steps);
        let ladder = ladder_of(&world, LadderChoice::default());
        let extent = ladder.extent();
        let trace = world.lab.trace();
        let mut unpaired = 0;
        for number in extent.first..extent.end {
            let Some((from, to)) = ladder.ends_of(number) else {
                unpaired += 1;
                continue;
            };
            let (from, to) = (trace.get(from).unwrap(), trace.get(to).unwrap());
            prop_assert_eq!(from.raw(), to.raw());
            prop_assert_eq!(from.client(), to.client());
            prop_assert!(from.time() <= to.time());
        }
        prop_assert!(unpaired as u64 <= extent.end - extent.first);
        let rows = words(&world, &ladder);
        prop_assert!(!rows.iter().any(|row| row.contains("is not recorded")), "{rows:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// What the ladder brackets is what is found by looking around a packet, at the client's end.
    #[test]
    fn brackets_and_handshakes_agree(steps in proptest::collection::vec(step(), 0..60)) {
        // What is doubled or changed is told apart by neither in the same way.
        let steps: Vec<_> = steps
            .into_iter()
            .filter(|step| !matches!(step, Step::Fault(_, 3 | 4, _)))
            .collect();
        let world = run(&steps);
        let ladder = ladder_of(&world, LadderChoice::default());
        let lanes = ladder.lanes(&world.lab);
        let picture = ladder.picture(&world.lab, &lanes, 0..u64::MAX);
        let mut brackets: BTreeMap<u64, Vec<_>> = BTreeMap::new();
        let is_of_client = |sequence: &Sequence| {
            let kind = world.lab.trace().get(*sequence).map(|record| record.kind());
            matches!(kind, Some(RecordKind::Sent | RecordKind::Received))
        };
        for row in &picture.rows {
            if let Some(mark) = row.handshake {
                let records = ladder.records_of(row.number).filter(is_of_client);
                brackets.entry(mark.number).or_default().extend(records);
            }
        }
        for packets in brackets.values_mut() {
            packets.sort_unstable();
            for packet in packets.iter() {
                let handshake = world.lab.handshake(*packet).unwrap();
                prop_assert_eq!(&handshake.packets, &*packets, "{:#?}", words(&world, &ladder));
            }
        }
    }
}
