//! SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK.

use super::{Row, place, row, v5};
use crate::codec::ControlPacketType::{Suback, Subscribe, Unsuback, Unsubscribe};
use crate::codec::{FieldName as Name, PropertyId as Id};

pub(super) const ROWS: &[Row] = &[
    row(
        Name::PropertyValue(Id::SubscriptionIdentifier),
        "A number for the subscriptions of this packet. The broker repeats it with every message that \
         comes for them.",
        &[v5(Subscribe, "3.8.2.1.2")],
    ),
    row(
        Name::Subscription,
        "One topic filter, and how the client wants to have what matches it. A packet can hold many.",
        &[place(Subscribe, "3.8.3", "3.8.3")],
    ),
    row(
        Name::TopicFilter,
        "Which topics the client wants messages from; + stands for any one level, # for all the rest.",
        &[place(Subscribe, "3.8.3", "3.8.3")],
    ),
    row(
        Name::TopicFilter,
        "The filter that the client no longer wants, written just as it was when subscribing.",
        &[place(Unsubscribe, "3.10.3", "3.10.3")],
    ),
    row(
        Name::SubscriptionOptions,
        "One byte that says how reliably, and in what way, messages are to come.",
        &[place(Subscribe, "3.8.3", "3.8.3.1")],
    ),
    row(
        Name::SubscriptionReserved,
        "These bits have no meaning in this version.",
        &[place(Subscribe, "3.8.3", "3.8.3.1")],
    ),
    row(
        Name::RetainHandling,
        "When the broker is to send the retained messages that match: at every subscribe, only for a \
         new subscription, or never.",
        &[v5(Subscribe, "3.8.3.1")],
    ),
    row(
        Name::RetainAsPublished,
        "1 keeps the RETAIN flag of messages as it was published; 0 has the broker clear it.",
        &[v5(Subscribe, "3.8.3.1")],
    ),
    row(
        Name::NoLocal,
        "1 asks the broker not to send back what this client publishes itself.",
        &[v5(Subscribe, "3.8.3.1")],
    ),
    row(
        Name::SubscriptionQos,
        "The highest QoS at which the client wants these messages. What was published at a lower one \
         stays there.",
        &[place(Subscribe, "3.8.3", "3.8.3.1")],
    ),
    row(
        Name::ReasonCode,
        "The broker's answer to one filter of the SUBSCRIBE; the answers stand in the order of its \
         filters.",
        &[place(Suback, "3.9.3", "3.9.3")],
    ),
    row(
        Name::ReasonCode,
        "The broker's answer to one filter of the UNSUBSCRIBE; the answers stand in the order of its \
         filters.",
        &[v5(Unsuback, "3.11.3")],
    ),
];
