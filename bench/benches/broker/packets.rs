//! What the clients send.

use mqtt_lab::codec::{
    Connect, ControlPacket, PacketId, ProtocolVersion, Publish, Qos, Subscribe, Subscription,
    SubscriptionOptions, TopicFilter, TopicName, UserProperties, encode,
};

const VERSION: ProtocolVersion = ProtocolVersion::V3_1_1;

/// A payload of 40 bytes.
const PAYLOAD: &[u8] = br#"{"temperature":21.50,"humidity":48.2}..."#;

/// CONNECT with no Keep Alive.
pub(crate) fn connect(client_id: &str, clean_session: bool) -> Vec<u8> {
    written(&ControlPacket::Connect(Box::new(Connect {
        protocol_version: VERSION,
        client_id,
        clean_start: clean_session,
        ..Connect::default()
    })))
}

/// One SUBSCRIBE for all these filters, at QoS 0.
pub(crate) fn subscribe(filters: &[String]) -> Vec<u8> {
    let options = SubscriptionOptions::with_qos(Qos::AtMostOnce);
    written(&ControlPacket::Subscribe(Subscribe {
        packet_id: PacketId::MIN,
        subscription_identifier: None,
        user_properties: UserProperties::EMPTY,
        subscriptions: filters
            .iter()
            .map(|filter| Subscription {
                filter: TopicFilter::parse(filter).expect("a Topic Filter"),
                options,
            })
            .collect(),
    }))
}

/// PUBLISH at QoS 0.
pub(crate) fn publish(topic: &str, retain: bool) -> Vec<u8> {
    written(&ControlPacket::Publish(Publish {
        topic: Some(TopicName::parse(topic).expect("a Topic Name")),
        payload: PAYLOAD,
        retain,
        ..Publish::default()
    }))
}

/// PINGREQ, whose answer says that all before it has been handled.
pub(crate) const PINGREQ: &[u8] = &[0xc0, 0];

fn written(packet: &ControlPacket<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(packet, VERSION, &mut bytes).expect("a good packet");
    bytes
}

/// The topic that the receivers of a message subscribe to.
pub(crate) const TOPIC: &str = "site/7/room/21/valve";

/// A filter that matches [`topic`] of the same number and of no other;
/// every other one has a wildcard.
pub(crate) fn filter(number: usize) -> String {
    let (site, room) = (number / 100, number % 100);
    match number % 2 {
        0 => format!("plant/{site}/room/{room}/+"),
        _ => format!("plant/{site}/room/{room}/valve"),
    }
}

/// The topic that [`filter`] of this number is for.
pub(crate) fn topic(number: usize) -> String {
    let (site, room) = (number / 100, number % 100);
    format!("plant/{site}/room/{room}/valve")
}
