//! CONNACK.

use super::{Row, place, row, v5};
use crate::codec::ControlPacketType::Connack;
use crate::codec::{FieldName as Name, PropertyId as Id};

pub(super) const ROWS: &[Row] = &[
    row(
        Name::ConnackFlags,
        "Eight bits, of which only the lowest is used.",
        &[place(Connack, "3.2.2.1", "3.2.2.1")],
    ),
    row(
        Name::ConnackReserved,
        "These seven bits have no meaning yet.",
        &[place(Connack, "3.2.2.1", "3.2.2.1")],
    ),
    row(
        Name::SessionPresent,
        "Says whether the broker still had a session of this client, with its subscriptions.",
        &[place(Connack, "3.2.2.2", "3.2.2.1.1")],
    ),
    row(
        Name::ConnectReturnCode,
        "The broker's answer: 0 lets the client in, any other number says why not.",
        &[place(Connack, "3.2.2.3", "")],
    ),
    row(
        Name::ConnectReasonCode,
        "The broker's answer: 0x00 lets the client in, 0x80 and above say why not.",
        &[v5(Connack, "3.2.2.2")],
    ),
    row(
        Name::PropertyValue(Id::SessionExpiryInterval),
        "How many seconds the broker will keep the session, in place of what the client asked for.",
        &[v5(Connack, "3.2.2.3.2")],
    ),
    row(
        Name::PropertyValue(Id::ReceiveMaximum),
        "How many messages of QoS 1 and 2 the broker takes at once before it has acknowledged them.",
        &[v5(Connack, "3.2.2.3.3")],
    ),
    row(
        Name::PropertyValue(Id::MaximumQos),
        "The highest QoS that the broker offers. Where this is left out, it is 2.",
        &[v5(Connack, "3.2.2.3.4")],
    ),
    row(
        Name::PropertyValue(Id::RetainAvailable),
        "Says whether the broker keeps retained messages.",
        &[v5(Connack, "3.2.2.3.5")],
    ),
    row(
        Name::PropertyValue(Id::MaximumPacketSize),
        "The largest packet, in bytes, that the broker accepts.",
        &[v5(Connack, "3.2.2.3.6")],
    ),
    row(
        Name::PropertyValue(Id::AssignedClientIdentifier),
        "The name that the broker has given to a client which came without one.",
        &[v5(Connack, "3.2.2.3.7")],
    ),
    row(
        Name::PropertyValue(Id::TopicAliasMaximum),
        "How many topics the client may replace by a number when it publishes.",
        &[v5(Connack, "3.2.2.3.8")],
    ),
    row(
        Name::PropertyValue(Id::WildcardSubscriptionAvailable),
        "Says whether + and # may be used in filters.",
        &[v5(Connack, "3.2.2.3.11")],
    ),
    row(
        Name::PropertyValue(Id::SubscriptionIdentifierAvailable),
        "Says whether subscriptions may be numbered.",
        &[v5(Connack, "3.2.2.3.12")],
    ),
    row(
        Name::PropertyValue(Id::SharedSubscriptionAvailable),
        "Says whether several clients may share a subscription ($share/...).",
        &[v5(Connack, "3.2.2.3.13")],
    ),
    row(
        Name::PropertyValue(Id::ServerKeepAlive),
        "The Keep Alive in seconds that the client must use, in place of its own.",
        &[v5(Connack, "3.2.2.3.14")],
    ),
    row(
        Name::PropertyValue(Id::ResponseInformation),
        "A piece of topic under which the client can ask for answers to its requests.",
        &[v5(Connack, "3.2.2.3.15")],
    ),
];
