//! What every packet has, or most: the fixed header, Packet Identifiers, the frame around properties,
//! results.

use super::{OURS, Row, anywhere, in_will, place, row, v5};
use crate::codec::ControlPacketType as Type;
use crate::codec::{FieldName as Name, PropertyId as Id};

pub(super) const ROWS: &[Row] = &[
    row(
        Name::FixedHeader,
        "Every packet begins with these two to five bytes: what kind of packet it is, and how long.",
        &[anywhere("2.2", "2.1.1")],
    ),
    row(
        Name::FirstByte,
        "The first byte holds two things: the packet's type in its high four bits, and flags in its \
         low four.",
        &[anywhere("2.2", "2.1.1")],
    ),
    row(
        Name::PacketType,
        "What kind of packet this is: four bits, so there are at most sixteen kinds.",
        &[anywhere("2.2.1", "2.1.2")],
    ),
    row(
        Name::Flags,
        "Only PUBLISH uses these four bits. In every other packet the standard fixes them, and a \
         receiver that finds others closes the connection.",
        &[anywhere("2.2.2", "2.1.3")],
    ),
    row(
        Name::RemainingLength,
        "How many bytes follow this number. A receiver needs it to know where the packet ends, \
         because a connection is one stream of bytes without marks.",
        &[anywhere("2.2.3", "2.1.4")],
    ),
    row(
        Name::PacketIdentifier,
        "The number of this message while it is under way: the acknowledgements that belong to it \
         carry the same one.",
        &[place(Type::Publish, "2.3.1", "2.2.1")],
    ),
    row(
        Name::PacketIdentifier,
        "Says which PUBLISH this packet belongs to: it is that one's number.",
        &[
            place(Type::Puback, "2.3.1", "2.2.1"),
            place(Type::Pubrec, "2.3.1", "2.2.1"),
            place(Type::Pubrel, "2.3.1", "2.2.1"),
            place(Type::Pubcomp, "2.3.1", "2.2.1"),
        ],
    ),
    row(
        Name::PacketIdentifier,
        "The number of this request: the answer to it carries the same one.",
        &[
            place(Type::Subscribe, "2.3.1", "2.2.1"),
            place(Type::Unsubscribe, "2.3.1", "2.2.1"),
        ],
    ),
    row(
        Name::PacketIdentifier,
        "Says which request this answers: it is that one's number.",
        &[
            place(Type::Suback, "2.3.1", "2.2.1"),
            place(Type::Unsuback, "2.3.1", "2.2.1"),
        ],
    ),
    row(
        Name::PropertyLength,
        "How many bytes of properties follow. 0 says that there are none.",
        &[
            v5(Type::Connect, "3.1.2.11.1"),
            in_will("", "3.1.3.2.1"),
            v5(Type::Connack, "3.2.2.3.1"),
            v5(Type::Publish, "3.3.2.3.1"),
            v5(Type::Puback, "3.4.2.2.1"),
            v5(Type::Pubrec, "3.5.2.2.1"),
            v5(Type::Pubrel, "3.6.2.2.1"),
            v5(Type::Pubcomp, "3.7.2.2.1"),
            v5(Type::Subscribe, "3.8.2.1.1"),
            v5(Type::Suback, "3.9.2.1.1"),
            v5(Type::Unsubscribe, "3.10.2.1.1"),
            v5(Type::Unsuback, "3.11.2.1.1"),
            v5(Type::Disconnect, "3.14.2.2.1"),
            v5(Type::Auth, "3.15.2.2.1"),
        ],
    ),
    row(
        Name::Properties,
        "What can be added to the packet: each property says by its number what it is, so those that \
         are not needed are left out.",
        &[
            v5(Type::Connect, "3.1.2.11"),
            in_will("", "3.1.3.2"),
            v5(Type::Connack, "3.2.2.3"),
            v5(Type::Publish, "3.3.2.3"),
            v5(Type::Puback, "3.4.2.2"),
            v5(Type::Pubrec, "3.5.2.2"),
            v5(Type::Pubrel, "3.6.2.2"),
            v5(Type::Pubcomp, "3.7.2.2"),
            v5(Type::Subscribe, "3.8.2.1"),
            v5(Type::Suback, "3.9.2.1"),
            v5(Type::Unsubscribe, "3.10.2.1"),
            v5(Type::Unsuback, "3.11.2.1"),
            v5(Type::Disconnect, "3.14.2.2"),
            v5(Type::Auth, "3.15.2.2"),
        ],
    ),
    row(
        Name::Property,
        "One property: its number, and the value that belongs to it.",
        &[anywhere("", "2.2.2.2")],
    ),
    row(
        Name::PropertyIdentifier,
        "Says which property follows, and so also how its value is written.",
        &[anywhere("", "2.2.2.2")],
    ),
    row(
        Name::UserPropertyName,
        "The name of a User Property: a pair of texts that applications choose for themselves. MQTT \
         only carries it.",
        USER_PROPERTY,
    ),
    row(
        Name::UserPropertyValue,
        "What the User Property of that name says. MQTT gives it no meaning.",
        USER_PROPERTY,
    ),
    row(
        Name::PropertyValue(Id::ReasonString),
        "Words for people who look for a fault. A program must not act on them.",
        &[
            v5(Type::Connack, "3.2.2.3.9"),
            v5(Type::Puback, "3.4.2.2.2"),
            v5(Type::Pubrec, "3.5.2.2.2"),
            v5(Type::Pubrel, "3.6.2.2.2"),
            v5(Type::Pubcomp, "3.7.2.2.2"),
            v5(Type::Suback, "3.9.2.1.2"),
            v5(Type::Unsuback, "3.11.2.1.2"),
            v5(Type::Disconnect, "3.14.2.2.3"),
            v5(Type::Auth, "3.15.2.2.4"),
        ],
    ),
    row(
        Name::ReasonCode,
        "How it went: below 0x80 it worked, from 0x80 on it did not. Where this byte is left out, it \
         is 0x00.",
        &[
            v5(Type::Puback, "3.4.2.1"),
            v5(Type::Pubrec, "3.5.2.1"),
            v5(Type::Pubrel, "3.6.2.1"),
            v5(Type::Pubcomp, "3.7.2.1"),
        ],
    ),
    row(
        Name::DisconnectReasonCode,
        "Why the connection is being closed. Where this byte is left out, it is 0x00, which is normal.",
        &[v5(Type::Disconnect, "3.14.2.1")],
    ),
    row(
        Name::PropertyValue(Id::SessionExpiryInterval),
        "How many seconds the broker is to keep the session from now on. It takes the place of what \
         CONNECT asked for.",
        &[v5(Type::Disconnect, "3.14.2.2.2")],
    ),
    row(
        Name::PropertyValue(Id::ServerReference),
        "Another broker to use instead of this one.",
        &[
            v5(Type::Connack, "3.2.2.3.16"),
            v5(Type::Disconnect, "3.14.2.2.5"),
        ],
    ),
    row(
        Name::AuthenticateReasonCode,
        "Which step of signing in this is: 0x18 goes on, 0x19 begins again, 0x00 is the end.",
        &[v5(Type::Auth, "3.15.2.1")],
    ),
    row(
        Name::PropertyValue(Id::AuthenticationMethod),
        "The name of the way of signing in. Both sides must use the same one until it is done.",
        &[
            v5(Type::Connect, "3.1.2.11.9"),
            v5(Type::Connack, "3.2.2.3.17"),
            v5(Type::Auth, "3.15.2.2.2"),
        ],
    ),
    row(
        Name::PropertyValue(Id::AuthenticationData),
        "What the way of signing in has to say in this step. Only the method knows what it means.",
        &[
            v5(Type::Connect, "3.1.2.11.10"),
            v5(Type::Connack, "3.2.2.3.18"),
            v5(Type::Auth, "3.15.2.2.3"),
        ],
    ),
    row(
        Name::NotDecoded,
        "Bytes from the fault on. What they stand for cannot be said, because reading stopped there.",
        &[anywhere("4.8", "4.13")],
    ),
    row(
        Name::NotListed,
        "The packet goes on in the same way. It has so many fields that only the first 20,000 are \
         listed.",
        &[anywhere(OURS, OURS)],
    ),
];

const USER_PROPERTY: &[super::Place] = &[
    v5(Type::Connect, "3.1.2.11.8"),
    in_will("", "3.1.3.2.8"),
    v5(Type::Connack, "3.2.2.3.10"),
    v5(Type::Publish, "3.3.2.3.7"),
    v5(Type::Puback, "3.4.2.2.3"),
    v5(Type::Pubrec, "3.5.2.2.3"),
    v5(Type::Pubrel, "3.6.2.2.3"),
    v5(Type::Pubcomp, "3.7.2.2.3"),
    v5(Type::Subscribe, "3.8.2.1.3"),
    v5(Type::Suback, "3.9.2.1.3"),
    v5(Type::Unsubscribe, "3.10.2.1.2"),
    v5(Type::Unsuback, "3.11.2.1.3"),
    v5(Type::Disconnect, "3.14.2.2.4"),
    v5(Type::Auth, "3.15.2.2.5"),
];
