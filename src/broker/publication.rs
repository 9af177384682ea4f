//! A message while it is being given to those who subscribed: read where it is, written once for
//! each form it is sent in.

use std::sync::Arc;

use super::message::Message;
use crate::codec::{
    AliasUse, ControlPacket, PacketId, ProtocolVersion, Publish, PublishProperties, Qos,
    SubscriptionIdentifiers, TopicName, encode,
};
use crate::time::Instant;

/// A message on its way through.
#[derive(Debug)]
pub(super) struct Publication<'a> {
    pub(super) topic: TopicName<'a>,
    pub(super) payload: &'a [u8],
    /// As it was published.
    pub(super) qos: Qos,
    /// As it was published.
    pub(super) retain: bool,
    /// Those to forward.
    properties: PublishProperties<'a>,
    received_at: Instant,
    /// The same in memory of its own, once somebody has to keep it.
    message: Option<Arc<Message>>,
    /// The packet in each form that went out more than once.
    written: [Option<Vec<u8>>; FORMS],
    /// How many sessions are still to get it; only then is a form worth keeping.
    pub(super) copies_left: usize,
}

/// How one session gets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) version: ProtocolVersion,
    pub(super) qos: Qos,
    pub(super) retain: bool,
    pub(super) dup: bool,
    pub(super) packet_id: Option<PacketId>,
    pub(super) alias: AliasUse,
}

/// With and without properties, three QoS, with and without RETAIN.
const FORMS: usize = 12;

impl<'a> Publication<'a> {
    /// A message that has just come.
    pub(super) fn new(
        topic: TopicName<'a>,
        payload: &'a [u8],
        qos: Qos,
        retain: bool,
        properties: &PublishProperties<'a>,
        now: Instant,
    ) -> Self {
        Self {
            topic,
            payload,
            qos,
            retain,
            properties: PublishProperties {
                topic_alias: None,
                subscription_identifiers: SubscriptionIdentifiers::EMPTY,
                ..properties.clone()
            },
            received_at: now,
            message: None,
            written: Default::default(),
            copies_left: 0,
        }
    }

    /// A message that was kept.
    pub(super) fn kept(message: &'a Arc<Message>, retain: bool, now: Instant) -> Option<Self> {
        let topic = message.topic_name()?;
        let properties = message.properties(now);
        let mut publication = Self::new(
            topic,
            message.payload(),
            message.qos(),
            retain,
            &properties,
            now,
        );
        publication.message = Some(Arc::clone(message));
        Some(publication)
    }

    /// The message in memory of its own.
    pub(super) fn message(&mut self) -> &Arc<Message> {
        self.message.get_or_insert_with(|| {
            Arc::new(Message::new(
                self.topic,
                self.payload,
                self.qos,
                &self.properties,
                self.received_at,
            ))
        })
    }

    /// The Topic Name for people.
    pub(super) fn topic_text(&self) -> Arc<str> {
        match &self.message {
            Some(message) => Arc::clone(message.topic()),
            None => self.topic.as_str().into(),
        }
    }

    /// The packet in this form. `None` where the codec cannot write it, which nothing that was read
    /// comes to but a message that its new properties make too large.
    pub(super) fn write(
        &mut self,
        form: Form,
        identifiers: &SubscriptionIdentifiers<'static>,
    ) -> Option<Vec<u8>> {
        let is_common = matches!(form.alias, AliasUse::None) && identifiers.is_empty() && !form.dup;
        if !is_common {
            return self.write_anew(form, identifiers);
        }
        let index = usize::from(form.version.has_properties())
            + 2 * usize::from(form.qos.as_u8())
            + 6 * usize::from(form.retain);
        if self.copies_left < 2 && !matches!(self.written.get(index), Some(Some(_))) {
            return self.write_anew(form, identifiers);
        }
        if let Some(None) = self.written.get(index) {
            let written = self.write_anew(form, identifiers)?;
            *self.written.get_mut(index)? = Some(written);
        }
        let mut bytes = self.written.get(index)?.clone()?;
        if let Some(packet_id) = form.packet_id {
            let at = packet_id_at(&bytes, self.topic);
            bytes
                .get_mut(at..at + 2)?
                .copy_from_slice(&packet_id.value().to_be_bytes());
        }
        Some(bytes)
    }

    fn write_anew(
        &self,
        form: Form,
        identifiers: &SubscriptionIdentifiers<'static>,
    ) -> Option<Vec<u8>> {
        let (topic, topic_alias) = match form.alias {
            AliasUse::None => (Some(self.topic), None),
            AliasUse::Define(alias) => (Some(self.topic), Some(alias)),
            AliasUse::Use(alias) => (None, Some(alias)),
        };
        // Earlier versions have no properties: the message goes there without.
        let properties = match form.version.has_properties() {
            true => PublishProperties {
                topic_alias,
                subscription_identifiers: identifiers.as_borrowed(),
                ..self.properties.clone()
            },
            false => PublishProperties::EMPTY,
        };
        let publish = Publish {
            dup: form.dup,
            qos: form.qos,
            retain: form.retain,
            topic,
            packet_id: form.packet_id,
            properties,
            payload: self.payload,
        };
        let mut bytes = Vec::new();
        encode(&ControlPacket::Publish(publish), form.version, &mut bytes).ok()?;
        Some(bytes)
    }
}

/// Where the Packet Identifier stands in a PUBLISH that has its Topic Name.
fn packet_id_at(bytes: &[u8], topic: TopicName<'_>) -> usize {
    let length = bytes.iter().skip(1).take_while(|&&byte| byte >= 0x80);
    1 + length.count() + 1 + 2 + topic.as_str().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::decode;

    #[test]
    fn a_form_written_once_is_the_same_as_one_written_anew() {
        for length in [0, 100, 200, 20_000, 3_000_000] {
            let payload = vec![7; length];
            let topic = TopicName::parse("a/topic").unwrap();
            let mut publication = Publication::new(
                topic,
                &payload,
                Qos::ExactlyOnce,
                false,
                &PublishProperties::EMPTY,
                Instant::ORIGIN,
            );
            publication.copies_left = 9;
            for version in ProtocolVersion::ALL {
                for (qos, retain) in [
                    (Qos::AtMostOnce, false),
                    (Qos::AtLeastOnce, true),
                    (Qos::ExactlyOnce, false),
                ] {
                    for value in [1, 513] {
                        let id = PacketId::new(value).filter(|_| qos != Qos::AtMostOnce);
                        let form = Form {
                            version,
                            qos,
                            retain,
                            dup: false,
                            packet_id: id,
                            alias: AliasUse::None,
                        };
                        let none = SubscriptionIdentifiers::EMPTY;
                        let written = publication.write(form, &none).unwrap();
                        assert_eq!(Some(&written), publication.write_anew(form, &none).as_ref());
                        let Ok(ControlPacket::Publish(read)) = decode(&written, version) else {
                            panic!("{version}");
                        };
                        assert_eq!(read.packet_id, id);
                        assert_eq!(read.payload.len(), length);
                    }
                }
            }
        }
    }
}
