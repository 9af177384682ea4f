//! CONNECT, without its Will Message.

use super::{Row, place, row, v5};
use crate::codec::ControlPacketType::Connect;
use crate::codec::{FieldName as Name, PropertyId as Id};

pub(super) const ROWS: &[Row] = &[
    row(
        Name::ProtocolName,
        "The name of the protocol, so that a server which expects something else notices at once.",
        &[place(Connect, "3.1.2.1", "3.1.2.1")],
    ),
    row(
        Name::ProtocolVersion,
        "Which version of MQTT the client speaks: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0.",
        &[place(Connect, "3.1.2.2", "3.1.2.2")],
    ),
    row(
        Name::ConnectFlags,
        "Eight bits that say how the session begins and which fields follow further down.",
        &[place(Connect, "3.1.2.3", "3.1.2.3")],
    ),
    row(
        Name::UserNameFlag,
        "Says whether a user name follows.",
        &[place(Connect, "3.1.2.8", "3.1.2.8")],
    ),
    row(
        Name::PasswordFlag,
        "Says whether a password follows.",
        &[place(Connect, "3.1.2.9", "3.1.2.9")],
    ),
    row(
        Name::WillRetain,
        "Says whether the broker is to keep the will for later subscribers once it is published.",
        &[place(Connect, "3.1.2.7", "3.1.2.7")],
    ),
    row(
        Name::WillQos,
        "How reliably the will is to be delivered once it is published.",
        &[place(Connect, "3.1.2.6", "3.1.2.6")],
    ),
    row(
        Name::WillFlag,
        "Says whether the client leaves a will: a message that the broker publishes if the client is \
         gone without a good-bye.",
        &[place(Connect, "3.1.2.5", "3.1.2.5")],
    ),
    row(
        Name::CleanStart,
        "1 throws away what the broker still has of this client's session; 0 takes it up again.",
        &[place(Connect, "", "3.1.2.4")],
    ),
    row(
        Name::CleanSession,
        "1 asks for a new session that ends with the connection; 0 for one that the broker keeps, with \
         its subscriptions and what arrives meanwhile.",
        &[place(Connect, "3.1.2.4", "")],
    ),
    row(
        Name::ConnectReserved,
        "This bit has no meaning yet.",
        &[place(Connect, "3.1.2.3", "3.1.2.3")],
    ),
    row(
        Name::KeepAlive,
        "The longest time in seconds that the client will be silent. If it has nothing to say it sends \
         PINGREQ, so that the broker notices when it is gone.",
        &[place(Connect, "3.1.2.10", "3.1.2.10")],
    ),
    row(
        Name::ClientIdentifier,
        "The client's name at the broker, which keeps the session under it. No two connections can \
         have the same one.",
        &[place(Connect, "3.1.3.1", "3.1.3.1")],
    ),
    row(
        Name::UserName,
        "Who signs in.",
        &[place(Connect, "3.1.3.4", "3.1.3.5")],
    ),
    row(
        Name::Password,
        "Proof of who signs in. It stands here as it is: only TLS keeps it from being read on the way.",
        &[place(Connect, "3.1.3.5", "3.1.3.6")],
    ),
    row(
        Name::PropertyValue(Id::SessionExpiryInterval),
        "How many seconds the broker is to keep the session after the connection has ended.",
        &[v5(Connect, "3.1.2.11.2")],
    ),
    row(
        Name::PropertyValue(Id::ReceiveMaximum),
        "How many messages of QoS 1 and 2 the client takes at once before it has acknowledged them.",
        &[v5(Connect, "3.1.2.11.3")],
    ),
    row(
        Name::PropertyValue(Id::MaximumPacketSize),
        "The largest packet, in bytes, that the client accepts. The broker drops larger messages.",
        &[v5(Connect, "3.1.2.11.4")],
    ),
    row(
        Name::PropertyValue(Id::TopicAliasMaximum),
        "How many topics the broker may replace by a number when it sends to this client.",
        &[v5(Connect, "3.1.2.11.5")],
    ),
    row(
        Name::PropertyValue(Id::RequestResponseInformation),
        "Asks the broker for a piece of topic under which answers to requests can be sent.",
        &[v5(Connect, "3.1.2.11.6")],
    ),
    row(
        Name::PropertyValue(Id::RequestProblemInformation),
        "Says whether the broker may explain failures in words and User Properties.",
        &[v5(Connect, "3.1.2.11.7")],
    ),
];
