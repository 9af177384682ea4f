//! The Will Message in CONNECT.

use super::{Row, in_will, place, row};
use crate::codec::ControlPacketType::Connect;
use crate::codec::{FieldName as Name, PropertyId as Id};

pub(super) const ROWS: &[Row] = &[
    row(
        Name::WillMessage,
        "The client's will. The broker keeps it, and publishes it when the connection ends without \
         DISCONNECT.",
        &[place(Connect, "3.1.2.5", "3.1.2.5")],
    ),
    row(
        Name::WillTopic,
        "The topic that the will is published to.",
        &[in_will("3.1.3.2", "3.1.3.3")],
    ),
    row(
        Name::WillPayload,
        "The message that is published as the will.",
        &[in_will("3.1.3.3", "3.1.3.4")],
    ),
    row(
        Name::PropertyValue(Id::WillDelayInterval),
        "How many seconds the broker waits before it publishes the will. If the client is back in \
         time, it does not.",
        &[in_will("", "3.1.3.2.2")],
    ),
    row(
        Name::PropertyValue(Id::PayloadFormatIndicator),
        "Says whether the will is text in UTF-8 or bytes of any kind.",
        &[in_will("", "3.1.3.2.3")],
    ),
    row(
        Name::PropertyValue(Id::MessageExpiryInterval),
        "How many seconds the will is worth delivering once it has been published.",
        &[in_will("", "3.1.3.2.4")],
    ),
    row(
        Name::PropertyValue(Id::ContentType),
        "What the will's payload is, in words that the applications agree on.",
        &[in_will("", "3.1.3.2.5")],
    ),
    row(
        Name::PropertyValue(Id::ResponseTopic),
        "The topic to which an answer to the will should be published.",
        &[in_will("", "3.1.3.2.6")],
    ),
    row(
        Name::PropertyValue(Id::CorrelationData),
        "Bytes that an answer to the will carries again, so that the two can be matched.",
        &[in_will("", "3.1.3.2.7")],
    ),
];
