//! PUBLISH.

use super::{Row, place, row, v5};
use crate::codec::ControlPacketType::Publish;
use crate::codec::{FieldName as Name, PropertyId as Id};

pub(super) const ROWS: &[Row] = &[
    row(
        Name::Dup,
        "1 says that this PUBLISH may have been sent before, because no acknowledgement came.",
        &[place(Publish, "3.3.1.1", "3.3.1.1")],
    ),
    row(
        Name::Qos,
        "How reliably this message is handed over: 0 at most once, 1 at least once, 2 exactly once.",
        &[place(Publish, "3.3.1.2", "3.3.1.2")],
    ),
    row(
        Name::Retain,
        "To the broker: keep this message for later subscribers. From the broker: 1 marks a message \
         that it had kept.",
        &[place(Publish, "3.3.1.3", "3.3.1.3")],
    ),
    row(
        Name::TopicName,
        "What the message is about. The broker passes it to everybody whose filter matches this topic.",
        &[place(Publish, "3.3.2.1", "3.3.2.1")],
    ),
    row(
        Name::Payload,
        "The message itself. MQTT carries it without looking into it, and everything to the end of the \
         packet belongs to it.",
        &[place(Publish, "3.3.3", "3.3.3")],
    ),
    row(
        Name::PropertyValue(Id::PayloadFormatIndicator),
        "Says whether the payload is text in UTF-8 or bytes of any kind.",
        &[v5(Publish, "3.3.2.3.2")],
    ),
    row(
        Name::PropertyValue(Id::MessageExpiryInterval),
        "How many seconds the message is worth delivering. The broker drops it after that.",
        &[v5(Publish, "3.3.2.3.3")],
    ),
    row(
        Name::PropertyValue(Id::TopicAlias),
        "A number that stands for the topic on this connection, so that the next messages can leave \
         the topic out.",
        &[v5(Publish, "3.3.2.3.4")],
    ),
    row(
        Name::PropertyValue(Id::ResponseTopic),
        "The message is a request, and this is the topic to publish the answer to.",
        &[v5(Publish, "3.3.2.3.5")],
    ),
    row(
        Name::PropertyValue(Id::CorrelationData),
        "Bytes that an answer carries again, so that whoever asked can match the two.",
        &[v5(Publish, "3.3.2.3.6")],
    ),
    row(
        Name::PropertyValue(Id::SubscriptionIdentifier),
        "The number of the subscription that this message comes for.",
        &[v5(Publish, "3.3.2.3.8")],
    ),
    row(
        Name::PropertyValue(Id::ContentType),
        "What the payload is, in words that the applications agree on, such as application/json.",
        &[v5(Publish, "3.3.2.3.9")],
    ),
];
