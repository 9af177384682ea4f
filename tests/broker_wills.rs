//! Will Messages: when they are published, and when not.

mod broker_world;

use broker_world::{Peer, V3, V5, World, publish};
use mqtt_lab::broker::{Event, Memory, WillDiscardCause, WillFireCause, WillState};
use mqtt_lab::codec::{
    Connect, ConnectProperties, ControlPacket, Disconnect, ProtocolVersion, Qos, ReasonCode,
    TopicName, Will, WillProperties,
};
use mqtt_lab::time::Instant;

fn will(delay: u32) -> Will<'static> {
    Will {
        topic: TopicName::parse("will").unwrap(),
        payload: b"gone",
        qos: Qos::AtLeastOnce,
        retain: false,
        properties: WillProperties {
            will_delay_interval: (delay > 0).then_some(delay),
            ..WillProperties::default()
        },
    }
}

fn with_will(version: ProtocolVersion, delay: u32, expiry: u32) -> Connect<'static> {
    Connect {
        clean_start: version != V5,
        client_id: "mortal",
        keep_alive: 10,
        will: Some(will(delay)),
        properties: ConnectProperties {
            session_expiry_interval: (version == V5).then_some(expiry),
            ..ConnectProperties::default()
        },
        ..Connect::default()
    }
}

/// Somebody who watches, and somebody with a Will Message.
fn scene(version: ProtocolVersion, delay: u32, expiry: u32) -> (World, Peer, Peer) {
    let mut world = World::new();
    let watcher = world.connect(V5, "watcher", true);
    world.subscribe(watcher, "will", Qos::AtMostOnce);
    let mortal = world.connect_with(version, with_will(version, delay, expiry));
    world.see(mortal);
    assert_eq!(world.broker.wills().next().unwrap().state, WillState::Armed);
    (world, watcher, mortal)
}

fn causes(world: &mut World) -> Vec<WillFireCause> {
    world.told(|event| match event {
        Event::WillFired { cause, .. } => Some(*cause),
        _ => None,
    })
}

const GONE: &str = "PUBLISH will=gone q0";

#[test]
fn mqtt_3_1_2_8_published_however_the_client_goes_but_in_order() {
    for version in ProtocolVersion::ALL {
        let (mut world, watcher, mortal) = scene(version, 0, 0);
        world.cut(mortal);
        world.assert_sees(watcher, &[GONE]);
        assert_eq!(causes(&mut world), [WillFireCause::NetworkLost]);

        let (mut world, watcher, _) = scene(version, 0, 0);
        world.wait(15_000);
        world.assert_sees(watcher, &[GONE]);
        assert_eq!(causes(&mut world), [WillFireCause::KeepAliveTimeout]);

        let (mut world, watcher, mortal) = scene(version, 0, 0);
        world.bytes(mortal, b"\x00\0");
        world.assert_sees(watcher, &[GONE]);
        assert_eq!(causes(&mut world), [WillFireCause::ProtocolError]);

        let (mut world, watcher, mortal) = scene(version, 0, 0);
        world.connect(version, "mortal", true);
        world.assert_sees(watcher, &[GONE]);
        assert_eq!(causes(&mut world), [WillFireCause::TakenOver]);
        world.cut(mortal);
        world.assert_sees(watcher, &[]);

        let (mut world, watcher, mortal) = scene(version, 0, 0);
        world.disconnect(mortal);
        world.wait(100_000);
        world.assert_sees(watcher, &[]);
        assert_eq!(world.broker.wills().count(), 0);
        let discarded = world.told(|event| match event {
            Event::WillDiscarded { cause, .. } => Some(*cause),
            _ => None,
        });
        assert_eq!(discarded, [WillDiscardCause::Disconnect]);
    }
}

#[test]
fn mqtt_3_14_4_3_only_a_normal_disconnect_discards_it() {
    for (reason_code, cause) in [
        (
            ReasonCode::DisconnectWithWillMessage,
            WillFireCause::DisconnectWithWillMessage,
        ),
        (
            ReasonCode::UnspecifiedError,
            WillFireCause::DisconnectWithError,
        ),
    ] {
        let (mut world, watcher, mortal) = scene(V5, 0, 0);
        let disconnect = Disconnect {
            reason_code,
            ..Disconnect::default()
        };
        world.send(mortal, &ControlPacket::Disconnect(disconnect));
        world.assert_sees(watcher, &[GONE]);
        assert_eq!(causes(&mut world), [cause]);
    }
}

#[test]
fn mqtt_3_1_3_9_delayed_until_the_delay_or_the_session_ends() {
    for (delay, expiry, at, cause) in [
        (2, 10, 2_000, WillFireCause::DelayElapsed),
        (10, 2, 2_000, WillFireCause::SessionEnded),
        (10, 0, 0, WillFireCause::SessionEnded),
        (2, u32::MAX, 2_000, WillFireCause::DelayElapsed),
    ] {
        let (mut world, watcher, mortal) = scene(V5, delay, expiry);
        world.cut(mortal);
        if at > 0 {
            let until = Instant::from_millis(at);
            let state = world.broker.wills().next().unwrap().state;
            assert_eq!(state, WillState::Delayed { until });
            world.wait(at - 1);
            world.assert_sees(watcher, &[]);
            world.wait(1);
        }
        world.assert_sees(watcher, &[GONE]);
        assert_eq!(causes(&mut world), [cause]);
        world.wait(100_000);
        world.assert_sees(watcher, &[]);
    }
}

#[test]
fn mqtt_3_1_3_9_not_published_if_the_client_is_back_in_time() {
    let (mut world, watcher, mortal) = scene(V5, 5, 60);
    world.cut(mortal);
    world.wait(4_999);
    let back = world.connect(V5, "mortal", false);
    world.wait(60_000);
    world.assert_sees(watcher, &[]);
    world.cut(back);
    world.wait(10_000);
    world.assert_sees(watcher, &[]);
    let cancelled = world.told(|event| matches!(event, Event::WillCancelled { .. }).then_some(()));
    assert_eq!(cancelled.len(), 1);
}

#[test]
fn taken_over_with_a_delay_it_depends_on_the_session() {
    // The newcomer goes on with the session: nothing is published.
    let (mut world, watcher, _) = scene(V5, 5, 60);
    world.connect(V5, "mortal", false);
    world.wait(60_000);
    world.assert_sees(watcher, &[]);
    // The newcomer ends it.
    let (mut world, watcher, _) = scene(V5, 5, 60);
    world.connect(V5, "mortal", true);
    world.assert_sees(watcher, &[GONE]);
    assert_eq!(causes(&mut world), [WillFireCause::SessionEnded]);
    // So too while the delay runs.
    let (mut world, watcher, mortal) = scene(V5, 5, 60);
    world.cut(mortal);
    world.connect(V5, "mortal", true);
    world.assert_sees(watcher, &[GONE]);
}

#[test]
fn mqtt_3_1_2_15_kept_if_it_is_to_be_retained_with_all_its_properties() {
    let mut world = World::new();
    let retained = Will {
        retain: true,
        properties: WillProperties {
            message_expiry_interval: Some(9),
            content_type: Some("text/plain"),
            ..WillProperties::default()
        },
        ..will(0)
    };
    let mortal = world.connect_with(
        V5,
        Connect {
            will: Some(retained),
            ..with_will(V5, 0, 0)
        },
    );
    // Its time begins when it is published.
    world.wait(9_000);
    world.see(mortal);
    world.cut(mortal);
    world.wait(2_000);
    let watcher = world.connect(V5, "watcher", true);
    world.subscribe(watcher, "will", Qos::AtLeastOnce);
    world.assert_sees(watcher, &["PUBLISH will=gone q1 id1 retain expiry7"]);
    let view = world.broker.retained().next().unwrap();
    assert_eq!(view.properties(world.now).content_type, Some("text/plain"));
    world.wait(7_000);
    assert_eq!(world.broker.retained().count(), 0);
}

#[test]
fn a_broker_that_stops_publishes_it_when_it_starts_with_its_memory() {
    for (memory, expected) in [(Memory::Kept, 1), (Memory::Lost, 0)] {
        let mut world = World::new();
        let watcher = world.connect(V3, "watcher", false);
        world.subscribe(watcher, "will", Qos::AtLeastOnce);
        let mortal = world.connect_with(V3, with_will(V3, 0, 0));
        world.see(mortal);
        world.broker.stop(world.now);
        world.drain();
        world.assert_sees(mortal, &["closed"]);
        assert_eq!(world.broker.poll_timeout(), None);
        assert_eq!(causes(&mut world), []);
        world.now = Instant::from_millis(5_000);
        world.broker.start(memory, world.now);
        world.drain();
        assert_eq!(causes(&mut world).len(), expected);
        assert_eq!(world.broker.queued("watcher").count(), expected);
        assert_eq!(world.broker.session("mortal").map(|it| it.queued), None);
    }
}

#[test]
fn its_own_subscriptions_get_it_if_the_session_lives_on() {
    let mut world = World::new();
    let mortal = world.connect_with(V5, with_will(V5, 0, 60));
    world.see(mortal);
    world.subscribe(mortal, "will", Qos::AtLeastOnce);
    world.cut(mortal);
    assert_eq!(world.broker.queued("mortal").count(), 1);
    let watcher = world.connect(V5, "watcher", true);
    world.publish_with(watcher, publish("will", Qos::AtMostOnce, 0, "x"));
    assert_eq!(world.broker.queued("mortal").count(), 1);
}
