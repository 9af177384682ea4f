//! The Publish panel: its form, and what became of what was published.

use core::time::Duration;
use std::borrow::Cow;

use super::connection_form::UserPropertyList;
use super::field::Field;
use super::form_check::{FormCheck, first_error};
use super::keys::PublicationKey;
use super::lab_client::LabClient;
use super::refusal::{FormCause, Refusal, RefusalCause};
use super::retained::RetainedState;
use super::{ClientKey, Lab};
use crate::client::{PublishError, PublishRequest, PublishState, PublishToken, ServerLimits};
use crate::codec::{
    ControlPacket, PacketId, PayloadFormat, ProtocolVersion, Publish, PublishProperties, Qos,
    ReasonCode, TopicName, UserProperties, encoded_len,
};
use crate::time::Instant;

/// How many publications of a client are remembered; the oldest that is finished goes first.
pub const PUBLICATIONS_MAXIMUM: usize = 200;

/// The longest message, in bytes of what was typed, that a remembered publication keeps.
pub const RECALLED_MESSAGE_MAXIMUM: usize = 65_536;

/// How many steps of a handshake are kept: a server can have a step repeated as often as it likes.
const STEPS_MAXIMUM: usize = 32;

/// The Publish panel's form, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishForm {
    /// Topic Name.
    pub topic: String,
    /// Quality of Service.
    pub qos: Qos,
    /// The Retain flag.
    pub retain: bool,
    /// The payload, in the form that `message_format` says. May be empty.
    pub message: String,
    /// How `message` becomes bytes.
    pub message_format: MessageFormat,
    /// 5.0: whether to declare the payload to be UTF-8 (Payload Format Indicator 1).
    pub payload_is_utf8: bool,
    /// 5.0: Message Expiry Interval in seconds; empty leaves it out: never.
    pub message_expiry_interval: String,
    /// 5.0: Content Type; empty leaves it out.
    pub content_type: String,
    /// 5.0: Response Topic; empty leaves it out.
    pub response_topic: String,
    /// 5.0: Correlation Data, as text; empty leaves it out.
    pub correlation_data: String,
    /// 5.0: User Properties.
    pub user_properties: UserPropertyList,
}

impl Default for PublishForm {
    fn default() -> Self {
        Self {
            topic: "testtopic/1".to_owned(),
            qos: Qos::AtMostOnce,
            retain: false,
            message: String::new(),
            message_format: MessageFormat::Text,
            payload_is_utf8: false,
            message_expiry_interval: String::new(),
            content_type: String::new(),
            response_topic: String::new(),
            correlation_data: String::new(),
            user_properties: Vec::new(),
        }
    }
}

/// How a typed message becomes the bytes of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageFormat {
    /// The UTF-8 bytes of the text.
    #[default]
    Text,
    /// Pairs of hexadecimal digits; spaces and line breaks between pairs are ignored.
    Hex,
}

/// One publication and the state of its handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its key.
    pub key: PublicationKey,
    /// Topic Name.
    pub topic: String,
    /// Quality of Service.
    pub qos: Qos,
    /// The Retain flag.
    pub retain: bool,
    /// Length of the payload in bytes.
    pub payload_size: usize,
    /// Packet Identifier; none for QoS 0.
    pub packet_id: Option<PacketId>,
    /// The form as it was when it was published, to fill the panel with it again. `None` where its
    /// message was longer than [`RECALLED_MESSAGE_MAXIMUM`].
    pub form: Option<Box<PublishForm>>,
    /// Bytes of the PUBLISH on the wire, as they were sent.
    pub wire_size: Option<usize>,
    /// What has happened, first to last. Of a step that repeats for ever, the first times and the
    /// latest.
    pub steps: Vec<HandshakeStep>,
    /// Where it stands now.
    pub state: PublicationState,
    /// How the client knows it.
    pub(super) token: Option<PublishToken>,
}

/// One packet of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeStep {
    /// Which one.
    pub kind: HandshakeStepKind,
    /// When.
    pub at: Instant,
    /// Time since the step before; zero for the first.
    pub after: Duration,
}

/// The packets of the QoS 1 and QoS 2 handshakes, as the publisher sees them (section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeStepKind {
    /// PUBLISH was sent.
    Publish,
    /// PUBLISH was sent again with DUP set, after a reconnect.
    PublishAgain,
    /// PUBACK came: the end of QoS 1.
    Puback,
    /// PUBREC came.
    Pubrec,
    /// PUBREL was sent.
    Pubrel,
    /// PUBREL was sent again, after a reconnect.
    PubrelAgain,
    /// PUBCOMP came: the end of QoS 2.
    Pubcomp,
}

impl HandshakeStepKind {
    /// The packet's name in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish | Self::PublishAgain => "PUBLISH",
            Self::Puback => "PUBACK",
            Self::Pubrec => "PUBREC",
            Self::Pubrel | Self::PubrelAgain => "PUBREL",
            Self::Pubcomp => "PUBCOMP",
        }
    }

    /// Whether this client sent it; otherwise the server did.
    pub const fn is_sent(self) -> bool {
        !matches!(self, Self::Puback | Self::Pubrec | Self::Pubcomp)
    }

    /// Whether it repeats an earlier step.
    pub const fn is_repeat(self) -> bool {
        matches!(self, Self::PublishAgain | Self::PubrelAgain)
    }
}

/// Where a publication stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationState {
    /// Waits for its turn: for the server's Receive Maximum, or for the browser to send what it has.
    Queued,
    /// QoS 0: handed to the connection. Nothing more will be known of it.
    Sent,
    /// QoS 1: PUBLISH is sent, PUBACK is awaited.
    AwaitingPuback,
    /// QoS 2: PUBLISH is sent, PUBREC is awaited.
    AwaitingPubrec,
    /// QoS 2: PUBREL is sent, PUBCOMP is awaited.
    AwaitingPubcomp,
    /// The handshake is complete.
    Complete {
        /// 5.0: what the server said of it; [`ReasonCode::Success`] before 5.0.
        reason_code: ReasonCode,
    },
    /// 5.0: the server refused the message.
    Refused {
        /// Why.
        reason_code: ReasonCode,
    },
    /// The connection ended, and with it the session: whether the server has the message is not
    /// known.
    Lost,
    /// The session was resumed, but the limits of the new connection do not let the message be
    /// sent again.
    Abandoned,
}

impl PublicationState {
    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Sent
                | Self::Complete { .. }
                | Self::Refused { .. }
                | Self::Lost
                | Self::Abandoned
        )
    }
}

impl Publication {
    /// Adds a step, with the time since the one before.
    fn step(&mut self, kind: HandshakeStepKind, now: Instant) {
        let last = self.steps.last().copied();
        let before = last.map_or(now, |step| step.at);
        if self.steps.len() >= STEPS_MAXIMUM && last.is_some_and(|last| last.kind == kind) {
            self.steps.pop();
        }
        self.steps.push(HandshakeStep {
            kind,
            at: now,
            after: now.saturating_since(before),
        });
    }

    /// Takes in where the client says it stands.
    fn progress(&mut self, state: &PublishState, now: Instant) {
        use HandshakeStepKind::{Puback, Pubcomp, Publish, Pubrec, Pubrel};
        let is_exactly_once = self.qos == Qos::ExactlyOnce;
        self.state = match *state {
            PublishState::Waiting => PublicationState::Queued,
            PublishState::Sent => {
                self.step(Publish, now);
                PublicationState::Sent
            }
            PublishState::AwaitingPuback => {
                self.step(Publish, now);
                PublicationState::AwaitingPuback
            }
            PublishState::AwaitingPubrec => {
                self.step(Publish, now);
                PublicationState::AwaitingPubrec
            }
            PublishState::AwaitingPubcomp => {
                self.step(Pubrec, now);
                self.step(Pubrel, now);
                PublicationState::AwaitingPubcomp
            }
            PublishState::Complete { reason_code } => {
                self.step(if is_exactly_once { Pubcomp } else { Puback }, now);
                PublicationState::Complete { reason_code }
            }
            PublishState::Refused { reason_code, .. } => {
                self.step(if is_exactly_once { Pubrec } else { Puback }, now);
                PublicationState::Refused { reason_code }
            }
            PublishState::Lost => PublicationState::Lost,
            PublishState::Abandoned(_) => PublicationState::Abandoned,
        };
    }

    const fn clears_retained(&self) -> bool {
        self.retain && self.payload_size == 0
    }
}

impl LabClient {
    /// Takes in what the client tells of a publication.
    pub(super) fn publication_progress(
        &mut self,
        token: PublishToken,
        packet_id: Option<PacketId>,
        state: &PublishState,
        now: Instant,
    ) {
        // Tokens grow with each publication.
        let place = self.publications.partition_point(|p| p.token < Some(token));
        let Some(publication) = self.publications.get_mut(place) else {
            return;
        };
        if publication.token != Some(token) {
            return;
        }
        publication.packet_id = packet_id.or(publication.packet_id);
        publication.progress(state, now);
        if matches!(
            publication.state,
            PublicationState::Sent
                | PublicationState::AwaitingPuback
                | PublicationState::AwaitingPubrec
        ) {
            publication.wire_size = self.publish_size.take();
        }
        if publication.clears_retained() && state.is_final() {
            match publication.state {
                PublicationState::Sent | PublicationState::Complete { .. } => {
                    self.retained.remove(&publication.topic);
                }
                _ => {
                    let failed = RetainedState::ClearingFailed;
                    self.retained.set_state(&publication.topic, failed);
                }
            }
        }
    }

    /// Notes that a packet of a handshake is sent again, on a resumed session.
    pub(super) fn sent_again(&mut self, packet_id: PacketId, is_pubrel: bool, now: Instant) {
        let waiting = |p: &&mut Publication| p.packet_id == Some(packet_id) && !p.state.is_final();
        let Some(publication) = self.publications.iter_mut().rev().find(waiting) else {
            return;
        };
        if !is_pubrel {
            publication.step(HandshakeStepKind::PublishAgain, now);
        } else if publication.state == PublicationState::AwaitingPubcomp {
            publication.step(HandshakeStepKind::PubrelAgain, now);
        }
    }

    fn remember(&mut self, publication: Publication) {
        if self.publications.len() >= PUBLICATIONS_MAXIMUM {
            let finished = self.publications.iter().position(|p| p.state.is_final());
            self.publications.remove(finished.unwrap_or(0));
        }
        self.publications.push_back(publication);
    }

    /// Publishes a form. The caller drains the client's outputs.
    fn publish(&mut self, form: &PublishForm, now: Instant) -> Result<(), Refusal> {
        let checked = first_error(form.check(self.version()))?;
        let token = self
            .mqtt
            .publish(checked.request(form), now)
            .map_err(|error| Refusal::new(RefusalCause::Publish(error)))?;
        let recalled = form.message.len() <= RECALLED_MESSAGE_MAXIMUM;
        let key = PublicationKey::new(self.publication_keys.next());
        self.remember(Publication {
            key,
            topic: form.topic.clone(),
            qos: form.qos,
            retain: form.retain,
            payload_size: checked.payload.len(),
            packet_id: None,
            form: recalled.then(|| Box::new(form.clone())),
            wire_size: None,
            steps: Vec::new(),
            state: PublicationState::Queued,
            token: Some(token),
        });
        if form.retain && checked.payload.is_empty() {
            let clearing = RetainedState::Clearing;
            self.retained.set_state(&form.topic, clearing);
        }
        Ok(())
    }
}

impl Lab {
    pub(super) fn publish(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        let form = client.publish_form.clone();
        client.publish(&form, now)?;
        self.drain(key);
        Ok(())
    }

    pub(super) fn clear_retained(&mut self, key: ClientKey, topic: String) -> Result<(), Refusal> {
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        if client.retained.find(&topic).is_none() {
            return Err(Refusal::new(RefusalCause::UnknownRetained));
        }
        // With QoS 1 the server says when it is gone.
        let maximum = client.mqtt.negotiated().map(|n| n.server.maximum_qos);
        let form = PublishForm {
            topic,
            qos: maximum.map_or(Qos::AtLeastOnce, |maximum| maximum.min(Qos::AtLeastOnce)),
            retain: true,
            ..PublishForm::default()
        };
        client.publish(&form, now)?;
        self.drain(key);
        Ok(())
    }
}

/// What a form holds, as the client takes it.
#[derive(Debug)]
pub(super) struct CheckedPublish<'a> {
    payload: Cow<'a, [u8]>,
    user_properties: UserProperties<'static>,
    message_expiry_interval: Option<u32>,
    is_version_5: bool,
}

impl CheckedPublish<'_> {
    fn request<'a>(&'a self, form: &'a PublishForm) -> PublishRequest<'a> {
        PublishRequest {
            topic: &form.topic,
            payload: &self.payload,
            qos: form.qos,
            retain: form.retain,
            properties: self.properties(form),
        }
    }

    fn properties<'a>(&'a self, form: &'a PublishForm) -> PublishProperties<'a> {
        if !self.is_version_5 {
            return PublishProperties::default();
        }
        PublishProperties {
            payload_format_indicator: form.payload_is_utf8.then_some(PayloadFormat::Utf8),
            message_expiry_interval: self.message_expiry_interval,
            response_topic: TopicName::parse(&form.response_topic).ok(),
            correlation_data: Some(form.correlation_data.as_bytes()).filter(|d| !d.is_empty()),
            user_properties: self.user_properties.clone(),
            content_type: Some(form.content_type.as_str()).filter(|text| !text.is_empty()),
            ..PublishProperties::default()
        }
    }
}

impl PublishForm {
    pub(super) fn check(
        &self,
        version: ProtocolVersion,
    ) -> Result<CheckedPublish<'_>, Vec<Refusal>> {
        let mut check = FormCheck::default();
        if let Err(error) = TopicName::parse(&self.topic) {
            check.fault(
                Field::Topic,
                RefusalCause::InForm(FormCause::TopicName(error)),
            );
        }
        let payload = self.payload().unwrap_or_else(|cause| {
            check.fault(Field::Message, cause);
            Cow::Borrowed(&[])
        });
        let mut checked = CheckedPublish {
            payload,
            user_properties: UserProperties::default(),
            message_expiry_interval: None,
            is_version_5: version == ProtocolVersion::V5_0,
        };
        if checked.is_version_5 {
            let (field, text) = (Field::MessageExpiryInterval, &self.message_expiry_interval);
            checked.message_expiry_interval = check.optional_u32(field, text, 0);
            check.text(Field::ContentType, &self.content_type);
            check.optional_topic(Field::ResponseTopic, &self.response_topic);
            check.bytes(Field::CorrelationData, &self.correlation_data);
            checked.user_properties =
                check.user_properties(Field::UserProperties, &self.user_properties);
            let is_text = core::str::from_utf8(&checked.payload).is_ok();
            if self.payload_is_utf8 && !is_text {
                check.fault(
                    Field::Message,
                    RefusalCause::InForm(FormCause::PayloadIsNotUtf8),
                );
            }
        }
        check.finish(checked)
    }

    /// What of the form this server does not allow.
    pub(super) fn against(&self, server: &ServerLimits, version: ProtocolVersion) -> Vec<Refusal> {
        let mut errors = Vec::new();
        let mut fault = |field, error| {
            errors.push(Refusal::at(field, RefusalCause::Publish(error)));
        };
        let (qos, maximum) = (self.qos, server.maximum_qos);
        if qos > maximum {
            fault(Field::Qos, PublishError::QosNotSupported { qos, maximum });
        }
        if self.retain && !server.retain_available {
            fault(Field::Retain, PublishError::RetainNotAvailable);
        }
        let (size, maximum) = (self.wire_size(version), server.largest_packet());
        if let Some(size) = size.filter(|&size| size > maximum) {
            fault(
                Field::Message,
                PublishError::PacketTooLarge { size, maximum },
            );
        }
        errors
    }

    /// The bytes that the message stands for.
    fn payload(&self) -> Result<Cow<'_, [u8]>, RefusalCause> {
        match self.message_format {
            MessageFormat::Text => Ok(Cow::Borrowed(self.message.as_bytes())),
            MessageFormat::Hex => from_hexadecimal(&self.message).map(Cow::Owned),
        }
    }

    /// How many bytes the PUBLISH has on the wire, in a version; `None` where the form has errors.
    pub(super) fn wire_size(&self, version: ProtocolVersion) -> Option<usize> {
        let checked = self.check(version).ok()?;
        let packet = ControlPacket::Publish(Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
            topic: TopicName::parse(&self.topic).ok(),
            packet_id: (self.qos != Qos::AtMostOnce).then_some(PacketId::MIN),
            properties: checked.properties(self),
            payload: &checked.payload,
        });
        encoded_len(&packet, version).ok()
    }
}

pub(super) fn from_hexadecimal(text: &str) -> Result<Vec<u8>, RefusalCause> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (place, character) in text.chars().enumerate() {
        if character.is_whitespace() {
            continue;
        }
        let digit = character.to_digit(16).and_then(|d| u8::try_from(d).ok());
        let Some(digit) = digit else {
            let position = place + 1;
            return Err(RefusalCause::InForm(FormCause::NotHexadecimal { position }));
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    if high.is_some() {
        return Err(RefusalCause::InForm(FormCause::HalfAByte));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_messages() {
        assert_eq!(from_hexadecimal("00 fF\n1a"), Ok(vec![0, 255, 26]));
        assert_eq!(from_hexadecimal(""), Ok(vec![]));
        assert_eq!(
            from_hexadecimal("0"),
            Err(RefusalCause::InForm(FormCause::HalfAByte))
        );
        let cause = RefusalCause::InForm(FormCause::NotHexadecimal { position: 3 });
        assert_eq!(from_hexadecimal("00g0"), Err(cause));
    }

    #[test]
    fn the_size_before_sending_is_the_encoders() {
        let mut form = PublishForm {
            message: "21.5".to_owned(),
            ..PublishForm::default()
        };
        // Fixed header 2, topic 2 + 11, payload 4.
        assert_eq!(form.wire_size(ProtocolVersion::V3_1_1), Some(19));
        form.qos = Qos::AtLeastOnce;
        assert_eq!(form.wire_size(ProtocolVersion::V3_1_1), Some(21));
        assert_eq!(form.wire_size(ProtocolVersion::V5_0), Some(22));
        form.content_type = "a".to_owned();
        assert_eq!(form.wire_size(ProtocolVersion::V3_1_1), Some(21));
        assert_eq!(form.wire_size(ProtocolVersion::V5_0), Some(26));
        form.topic = "a/#".to_owned();
        assert_eq!(form.wire_size(ProtocolVersion::V5_0), None);
    }
}
