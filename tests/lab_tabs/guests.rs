//! Guests in the trace of the host.

use std::collections::BTreeSet;

use crate::browser::Browser;
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::trace::RecordKind;
use mqtt_lab::lab::{BrokerTable, ClientKey};

#[test]
fn packets_of_guests_stand_in_the_hosts_trace_as_causes() {
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V5_0] {
        let mut browser = Browser::of(2);
        browser.connect(0, version);
        browser.edit(1, |form| form.client_id = "guest".to_owned());
        browser.connect(1, version);
        browser.subscribe(1, "room/#", Qos::ExactlyOnce);
        browser.publish(1, "room/1", "kept", Qos::ExactlyOnce, true);
        browser.publish(0, "room/2", "to the guest", Qos::AtLeastOnce, false);
        browser.disconnect(1);

        let host = browser.lab(0);
        let trace = host.trace();
        let of_guest: Vec<_> = trace
            .records(trace.first()..trace.next())
            .filter(|record| record.client().is_some_and(ClientKey::is_of_other_tab))
            .collect();
        let keys: BTreeSet<_> = of_guest
            .iter()
            .filter_map(|record| record.client())
            .collect();
        assert_eq!(keys.len(), 1, "one client, one key");
        let key = *keys.first().unwrap();
        assert_eq!(host.name_of(key).as_deref(), Some("guest"));
        let packets: Vec<_> = of_guest
            .iter()
            .filter(|record| record.kind().is_packet())
            .map(|record| (record.kind(), record.packet_type().unwrap()))
            .collect();
        use ControlPacketType as Type;
        use RecordKind::{BrokerReceived as In, BrokerSent as Out};
        let both_ends: Vec<_> = [
            (In, Type::Connect),
            (Out, Type::Connack),
            (In, Type::Subscribe),
            (Out, Type::Suback),
            (In, Type::Publish),
            (Out, Type::Pubrec),
            (In, Type::Pubrel),
            (Out, Type::Pubcomp),
            (Out, Type::Publish),
            (In, Type::Pubrec),
            (Out, Type::Pubrel),
            (In, Type::Pubcomp),
            (Out, Type::Publish),
            (In, Type::Puback),
            (In, Type::Disconnect),
        ]
        .into();
        let sorted = |mut packets: Vec<(RecordKind, Type)>| {
            packets.sort_by_key(|(kind, packet_type)| (*kind as u8, *packet_type as u8));
            packets
        };
        assert_eq!(sorted(packets), sorted(both_ends), "{version:?}");

        // From a row of the host's tables one gets to the guest's packet.
        let cause = |table, name: &str| {
            let rows = host.broker_rows(table, 0..10);
            let row = rows.iter().find(|row| row.name == name).unwrap();
            let record = trace.get(row.cause.unwrap()).unwrap();
            (record.client(), record.packet_type())
        };
        let retained = cause(BrokerTable::Retained, "room/1");
        assert_eq!(retained, (Some(key), Some(Type::Publish)));
        let ended = cause(BrokerTable::PastConnections, "guest");
        assert_eq!(ended, (Some(key), Some(Type::Disconnect)));
    }
}

#[test]
fn the_ladder_of_the_host_has_a_lane_for_each_guest() {
    use mqtt_lab::lab::wire::ladder::{Ladder, LadderChoice};
    let mut browser = Browser::of(2);
    browser.edit(1, |form| form.client_id = "guest".to_owned());
    browser.connect(0, ProtocolVersion::V5_0);
    browser.subscribe(0, "room/#", Qos::AtLeastOnce);
    browser.connect(1, ProtocolVersion::V5_0);
    browser.publish(1, "room/1", "hello", Qos::AtLeastOnce, false);
    let host = browser.lab(0);
    assert_eq!(host.guests().len(), 1);
    let choices = host.packet_clients();
    assert!(
        choices.iter().any(|(_, name)| name == "guest (other tab)"),
        "{choices:?}"
    );
    let mut ladder = Ladder::new(LadderChoice::default());
    while ladder.follow(host, 100) {}
    let lanes = ladder.lanes(host);
    assert!(lanes.iter().any(|lane| lane.name == "guest"), "{lanes:?}");
    let extent = ladder.extent();
    let rows: Vec<String> = (extent.first..extent.end)
        .filter_map(|number| ladder.words(host, &lanes, number))
        .map(|words| words.sentence())
        .filter(|words| words.contains("guest"))
        .collect();
    for packet in ["CONNECT", "CONNACK", "PUBLISH", "PUBACK"] {
        let found = rows.iter().filter(|row| row.contains(packet)).count();
        assert!(found >= 1, "{packet}: {rows:#?}");
    }
    for row in &rows {
        let row = row.to_lowercase();
        assert!(
            !row.contains("on its way") && !row.contains("lost"),
            "{row}"
        );
    }
}

#[test]
fn a_guest_that_comes_again_is_the_same_in_the_hosts_trace() {
    let mut browser = Browser::of(2);
    for _ in 0..3 {
        browser.connect(1, ProtocolVersion::V5_0);
        browser.publish(1, "room/1", "again", Qos::AtMostOnce, false);
        browser.disconnect(1);
    }
    let trace = browser.lab(0).trace();
    let records = trace.records(trace.first()..trace.next());
    let keys: BTreeSet<_> = records
        .filter(|record| record.kind().is_packet())
        .filter_map(|record| record.client())
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    // The guest's own trace has its own end.
    let trace = browser.lab(1).trace();
    let mut records = trace.records(trace.first()..trace.next());
    assert!(!records.any(|record| record.client().is_some_and(ClientKey::is_of_other_tab)));
}
