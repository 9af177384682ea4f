//! Whatever a person does, in whatever order, and whatever the server sends: nothing panics, nothing
//! spins, and what is shown agrees with itself.

mod lab_world;

use std::time::Duration;

use lab_world::World;
use mqtt_lab::codec::{ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::wire::build::{ByHand, Preset};
use mqtt_lab::lab::{
    Command, ConnectionPhase, PublishForm, Settings, SubscribeForm, SubscriptionKey,
};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Add,
    Remove(usize),
    Version(usize, usize),
    Persistent(usize, bool),
    Will(usize),
    Connect(usize),
    Disconnect(usize, bool),
    Die(usize),
    CancelReconnect(usize),
    Subscribe(usize, usize, usize),
    Unsubscribe(usize, u32),
    RemoveSubscription(usize, u32),
    Filter(usize, Option<u32>),
    Publish(usize, usize, usize, bool, bool),
    ClearRetained(usize, usize),
    ClearMessages(usize),
    ShowSent(bool),
    Cut(usize),
    Bytes(usize, Vec<u8>),
    Pass(u64),
    ServerSilent(bool),
    ServerKeepsSession(bool),
    ByHand(usize, usize, bool),
    OpenWithoutConnect(usize),
    Work,
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0_usize..4;
    prop_oneof![
        1 => Just(Step::Add),
        1 => who().prop_map(Step::Remove),
        1 => (who(), 0_usize..3).prop_map(|(who, version)| Step::Version(who, version)),
        1 => (who(), any::<bool>()).prop_map(|(who, on)| Step::Persistent(who, on)),
        1 => who().prop_map(Step::Will),
        6 => who().prop_map(Step::Connect),
        1 => (who(), any::<bool>()).prop_map(|(who, will)| Step::Disconnect(who, will)),
        1 => who().prop_map(Step::Die),
        1 => who().prop_map(Step::CancelReconnect),
        4 => (who(), 0_usize..6, 0_usize..3).prop_map(|(who, f, q)| Step::Subscribe(who, f, q)),
        1 => (who(), 0_u32..6).prop_map(|(who, row)| Step::Unsubscribe(who, row)),
        1 => (who(), 0_u32..6).prop_map(|(who, row)| Step::RemoveSubscription(who, row)),
        1 => (who(), proptest::option::of(0_u32..4)).prop_map(|(who, row)| Step::Filter(who, row)),
        6 => (who(), 0_usize..5, 0_usize..3, any::<bool>(), any::<bool>())
            .prop_map(|(who, t, q, retain, empty)| Step::Publish(who, t, q, retain, empty)),
        1 => (who(), 0_usize..5).prop_map(|(who, topic)| Step::ClearRetained(who, topic)),
        1 => who().prop_map(Step::ClearMessages),
        1 => any::<bool>().prop_map(Step::ShowSent),
        1 => who().prop_map(Step::Cut),
        1 => (who(), vec(any::<u8>(), 0..12)).prop_map(|(who, bytes)| Step::Bytes(who, bytes)),
        2 => (0_u64..90_000).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::ServerSilent),
        1 => any::<bool>().prop_map(Step::ServerKeepsSession),
        3 => (who(), 0_usize..40, any::<bool>())
            .prop_map(|(who, what, strict)| Step::ByHand(who, what, strict)),
        1 => who().prop_map(Step::OpenWithoutConnect),
        1 => Just(Step::Work),
    ]
}

const FILTERS: [&str; 6] = ["#", "a/+", "a/b", "$share/g/a/#", "a/#/b", ""];
const TOPICS: [&str; 5] = ["a", "a/b", "a/b/c", "will", "a/+"];

fn take(world: &mut World, step: &Step) {
    let keys: Vec<_> = world.lab.clients().map(|client| client.key()).collect();
    let who = |index: &usize| keys[index % keys.len()];
    let name = |world: &World, index: &usize| {
        let client = world.lab.client(who(index)).unwrap();
        client.name().to_owned()
    };
    // A refusal is an answer; that it does nothing is tested elsewhere.
    let _ = match step {
        Step::Add => world.command(Command::AddClient),
        Step::Remove(index) => world.command(Command::RemoveClient { client: who(index) }),
        Step::Version(index, version) => {
            let name = name(world, index);
            world.edit(&name, |form| form.version = ProtocolVersion::ALL[*version]);
            Ok(())
        }
        Step::Persistent(index, on) => {
            let name = name(world, index);
            world.edit(&name, |form| {
                form.clean_session = !on;
                form.reconnect = *on;
                form.session_expiry_interval = "60".into();
            });
            Ok(())
        }
        Step::Will(index) => {
            let name = name(world, index);
            world.edit(&name, |form| form.will.topic = "will".into());
            Ok(())
        }
        Step::Connect(index) => world.command(Command::Connect { client: who(index) }),
        Step::Disconnect(index, with_will) => world.command(Command::Disconnect {
            client: who(index),
            reason_code: if *with_will {
                ReasonCode::DisconnectWithWillMessage
            } else {
                ReasonCode::Success
            },
        }),
        Step::Die(index) => world.command(Command::Die { client: who(index) }),
        Step::CancelReconnect(index) => {
            world.command(Command::CancelReconnect { client: who(index) })
        }
        Step::Subscribe(index, filter, qos) => {
            let name = name(world, index);
            let form = SubscribeForm {
                filter: FILTERS[*filter].into(),
                qos: Qos::ALL[*qos],
                ..SubscribeForm::default()
            };
            world.subscribe(&name, form)
        }
        Step::Unsubscribe(index, row) => world.command(Command::Unsubscribe {
            client: who(index),
            subscription: SubscriptionKey::new(*row),
        }),
        Step::RemoveSubscription(index, row) => world.command(Command::RemoveSubscription {
            client: who(index),
            subscription: SubscriptionKey::new(*row),
        }),
        Step::Filter(index, row) => world.command(Command::FilterMessages {
            client: who(index),
            subscription: row.map(SubscriptionKey::new),
        }),
        Step::Publish(index, topic, qos, retain, empty) => {
            let name = name(world, index);
            let form = PublishForm {
                topic: TOPICS[*topic].into(),
                message: if *empty { "" } else { "x" }.into(),
                qos: Qos::ALL[*qos],
                retain: *retain,
                ..PublishForm::default()
            };
            world.publish(&name, form)
        }
        Step::ClearRetained(index, topic) => world.command(Command::ClearRetained {
            client: who(index),
            topic: TOPICS[*topic].into(),
        }),
        Step::ClearMessages(index) => world.command(Command::ClearMessages { client: who(index) }),
        Step::ShowSent(show_sent) => world.command(Command::SetSettings {
            settings: Settings {
                show_sent: *show_sent,
                ..Settings::default()
            },
        }),
        Step::Cut(index) => {
            if let Some(link) = world.server.links.get(*index) {
                let link = link.id;
                world.cut(link);
            }
            Ok(())
        }
        Step::Bytes(index, bytes) => {
            if let Some(link) = world.server.links.get(*index) {
                let link = link.id;
                world.raw(link, bytes);
            }
            Ok(())
        }
        Step::Pass(milliseconds) => {
            world.pass(Duration::from_millis(*milliseconds));
            Ok(())
        }
        Step::ServerSilent(silent) => {
            world.server.acknowledges = !silent;
            world.server.answers_connect = !silent;
            Ok(())
        }
        Step::ServerKeepsSession(keeps) => {
            world.server.session_present = *keeps;
            Ok(())
        }
        Step::ByHand(index, what, is_strict) => {
            world.server.takes_anything = true;
            let client = who(index);
            let version = world.lab.client(client).unwrap().version();
            let bytes = match Preset::ALL.get(*what) {
                Some(preset) => preset.bytes(version),
                None => vec![*what as u8; what % 7],
            };
            let faults = world.lab.packet_faults(client, &bytes, version);
            let outcome = world.command(Command::ByHand(ByHand::send(client, bytes, *is_strict)));
            assert!(!*is_strict || outcome.is_err() || faults.is_empty());
            if let Some(first) = world.lab.sent_by_hand(client) {
                let _ = world.lab.outcome(client, first);
            }
            Ok(())
        }
        Step::OpenWithoutConnect(index) => {
            world.command(Command::ByHand(ByHand::open_without_connect(who(index))))
        }
        Step::Work => {
            while world.lab.work(3) {}
            Ok(())
        }
    };
}

fn check(world: &World) {
    if let Some(due) = world.lab.poll_timeout() {
        assert!(
            due > world.lab.now(),
            "a deadline that has passed would spin"
        );
    }
    for client in world.lab.clients() {
        let key = client.key();
        let line = world.lab.state_line(key).unwrap();
        assert!(!line.sentence.is_empty());
        assert_eq!(line.status == "connected", client.negotiated().is_some());
        let count = world.lab.message_count(key);
        assert_eq!(world.lab.message_extent(key).count(), count);
        for index in 0..count {
            let row = world.lab.message_row(key, index).unwrap();
            assert_eq!(world.lab.message_index(key, row.sequence), Some(index));
            assert!(world.lab.message_details(key, row.sequence).is_some());
        }
        assert_eq!(world.lab.message_row(key, count), None);
        for row in client.retained() {
            assert!(row.payload_size > 0);
        }
        if let Some(will) = client.will() {
            assert_eq!(will.client, key);
            // After a DISCONNECT made by hand it is the server's turn to close.
            let is_closing = client.phase() == ConnectionPhase::Closing;
            assert!(will.released.is_some() || client.negotiated().is_some() || is_closing);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_order_of_anything(steps in vec(step(), 1..80)) {
        let mut world = World::new();
        for step in &steps {
            take(&mut world, step);
            check(&world);
        }
    }
}
