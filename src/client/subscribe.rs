//! Subscribing and unsubscribing: local checks, answers, and subscribing again.

use super::close_reason::Violation;
use super::error::SubscribeError;
use super::event::{Answer, Event, SubscribeToken, UnsubscribeToken};
use super::machine::Machine;
use super::negotiated::ServerLimits;
use super::options::{SubscribeRequest, UnsubscribeRequest};
use super::requests::Request;
use super::state::{Connected, State};
use crate::codec::{
    ControlPacket, ControlPacketType, PacketId, ProtocolVersion, ReasonCode, Suback, Subscribe,
    Subscription, SubscriptionOptions, TopicFilter, Unsuback, Unsubscribe, UserProperties, encode,
};
use crate::time::Instant;

/// How many Topic Filters share one SUBSCRIBE when the Client subscribes again by itself.
const FILTERS_AT_ONCE: usize = 50;

impl Machine {
    pub(super) fn subscribe(
        &mut self,
        request: SubscribeRequest<'_>,
        now: Instant,
    ) -> Result<SubscribeToken, SubscribeError> {
        let connected = self.connected_for_request()?;
        let version = self.version();
        let server = &connected.negotiated.server;
        let subscriptions = check(&request, version, server)?;
        self.check_subscriptions(connected, &subscriptions)?;

        let filters = request.subscriptions.iter();
        let filters = filters
            .map(|&(filter, options)| (filter.to_owned(), options))
            .collect();
        let identifier = request.subscription_identifier;
        let packet_id = self.send_request(now, |packet_id| {
            ControlPacket::Subscribe(Subscribe {
                packet_id,
                subscription_identifier: identifier,
                user_properties: request.user_properties,
                subscriptions,
            })
        })?;
        let token = SubscribeToken(self.take_token());
        self.await_answer(
            packet_id,
            Request::Subscribe {
                token,
                filters,
                identifier,
            },
        );
        Ok(token)
    }

    pub(super) fn unsubscribe(
        &mut self,
        request: UnsubscribeRequest<'_>,
        now: Instant,
    ) -> Result<UnsubscribeToken, SubscribeError> {
        self.connected_for_request()?;
        if request.filters.is_empty() {
            return Err(SubscribeError::NoTopicFilter);
        }
        if !self.version().has_properties() && !request.user_properties.is_empty() {
            return Err(SubscribeError::NeedsVersion5);
        }
        let version = self.version();
        let filters = request.filters.iter().enumerate();
        let filters = filters
            .map(|(index, filter)| parse(filter, index, version))
            .collect::<Result<_, _>>()?;
        let packet_id = self.send_request(now, |packet_id| {
            ControlPacket::Unsubscribe(Unsubscribe {
                packet_id,
                user_properties: request.user_properties,
                filters,
            })
        })?;
        let token = UnsubscribeToken(self.take_token());
        let filters = request.filters.iter();
        let filters = filters.map(|&filter| filter.to_owned()).collect();
        self.await_answer(packet_id, Request::Unsubscribe { token, filters });
        Ok(token)
    }

    fn connected_for_request(&self) -> Result<&Connected, SubscribeError> {
        let State::Connected(connected) = &self.state else {
            return Err(SubscribeError::NotConnected);
        };
        let waiting = connected.requests.len();
        if waiting >= self.limits.requests {
            return Err(SubscribeError::TooManyRequests {
                waiting,
                maximum: self.limits.requests,
            });
        }
        Ok(connected)
    }

    fn check_subscriptions(
        &self,
        connected: &Connected,
        wanted: &[Subscription<'_>],
    ) -> Result<(), SubscribeError> {
        let new = wanted
            .iter()
            .filter(|wanted| !self.subscriptions.contains(wanted.filter.as_str()))
            .count();
        let subscriptions = self.subscriptions.len() + connected.requests.subscriptions() + new;
        if subscriptions > self.limits.subscriptions {
            return Err(SubscribeError::TooManySubscriptions {
                subscriptions,
                maximum: self.limits.subscriptions,
            });
        }
        Ok(())
    }

    /// Sends a request under a free Packet Identifier; nothing is taken or sent on an error.
    fn send_request<'a>(
        &mut self,
        now: Instant,
        packet: impl FnOnce(PacketId) -> ControlPacket<'a>,
    ) -> Result<PacketId, SubscribeError> {
        let State::Connected(connected) = &self.state else {
            return Err(SubscribeError::NotConnected);
        };
        let Some(packet_id) = self.session.packet_ids.allocate() else {
            return Err(SubscribeError::PacketIdsExhausted {
                in_use: self.session.packet_ids.in_use(),
            });
        };
        let mut bytes = Vec::new();
        let maximum = connected.negotiated.server.largest_packet();
        let written = encode(&packet(packet_id), self.version(), &mut bytes);
        let result = match written {
            Err(error) => Err(SubscribeError::Encode(error)),
            Ok(size) if size > maximum => Err(SubscribeError::PacketTooLarge { size, maximum }),
            Ok(_) => Ok(packet_id),
        };
        match result {
            Ok(_) => self.outbox.transmit(bytes, now),
            Err(_) => self.session.packet_ids.release(packet_id),
        }
        result
    }

    fn await_answer(&mut self, packet_id: PacketId, request: Request) {
        if let State::Connected(connected) = &mut self.state {
            connected.requests.insert(packet_id, request);
        }
    }

    /// Subscribes again to what the application had, if it wants that and the Server did not keep
    /// the session.
    pub(super) fn resubscribe(&mut self, now: Instant) {
        // The CONNACK of 3.1 does not tell; subscribing twice does no harm.
        let unsure = self.version() == ProtocolVersion::V3_1 && self.options.resubscribe;
        if self.session_present && !unsure {
            return;
        }
        if !self.options.resubscribe {
            self.subscriptions.clear();
            return;
        }
        let wanted = self.subscriptions.take();
        // One Subscription Identifier to a packet, and not too many filters.
        let groups = wanted.chunk_by(|(_, one), (_, next)| one.identifier == next.identifier);
        for group in groups.flat_map(|group| group.chunks(FILTERS_AT_ONCE)) {
            let all: Vec<_> = group
                .iter()
                .map(|(filter, live)| (filter.as_str(), live.options))
                .collect();
            let identifier = group.first().and_then(|(_, live)| live.identifier);
            let request = |subscriptions| SubscribeRequest {
                subscriptions,
                subscription_identifier: identifier,
                user_properties: UserProperties::EMPTY,
            };
            if let Ok(token) = self.subscribe(request(&all), now) {
                self.note_resubscribing(token, &all);
                continue;
            }
            for one in all.chunks(1) {
                match self.subscribe(request(one), now) {
                    Ok(token) => self.note_resubscribing(token, one),
                    Err(error) => {
                        let filters = one.iter().map(|(filter, _)| (*filter).to_owned());
                        for filter in filters {
                            let error = error.clone();
                            self.outbox.event(Event::NotResubscribed { filter, error });
                        }
                    }
                }
            }
        }
    }

    fn note_resubscribing(
        &mut self,
        token: SubscribeToken,
        filters: &[(&str, SubscriptionOptions)],
    ) {
        let filters = filters.iter().map(|&(filter, _)| filter.to_owned());
        self.outbox.event(Event::Resubscribing {
            token,
            filters: filters.collect(),
        });
    }

    pub(super) fn on_suback(&mut self, suback: &Suback<'_>, now: Instant) -> Result<(), Violation> {
        let kind = ControlPacketType::Suback;
        let Some(request) = self.answered(suback.packet_id, kind, &suback.reason_codes)? else {
            return Ok(());
        };
        if let Request::Subscribe {
            token,
            filters,
            identifier,
        } = request
        {
            for ((filter, options), code) in filters.into_iter().zip(&suback.reason_codes) {
                if code.is_error() {
                    // A refused filter leaves an older subscription to it as it was.
                    continue;
                }
                self.subscriptions.insert(filter, options, identifier);
            }
            self.outbox.event(Event::SubscribeAnswered {
                token,
                answer: Answer {
                    reason_codes: suback.reason_codes.clone(),
                    reason_string: suback.reason_string.map(str::to_owned),
                    user_properties: suback.user_properties.clone().into_owned(),
                },
            });
        }
        self.drain(now);
        Ok(())
    }

    pub(super) fn on_unsuback(
        &mut self,
        unsuback: &Unsuback<'_>,
        now: Instant,
    ) -> Result<(), Violation> {
        let kind = ControlPacketType::Unsuback;
        let codes = &unsuback.reason_codes;
        let Some(request) = self.answered(unsuback.packet_id, kind, codes)? else {
            return Ok(());
        };
        if let Request::Unsubscribe { token, filters } = request {
            for (index, filter) in filters.iter().enumerate() {
                // Before 5.0 there are no codes: UNSUBACK is the confirmation.
                if !codes.get(index).is_some_and(|code| code.is_error()) {
                    self.subscriptions.remove(filter);
                }
            }
            self.outbox.event(Event::UnsubscribeAnswered {
                token,
                answer: Answer {
                    reason_codes: unsuback.reason_codes.clone(),
                    reason_string: unsuback.reason_string.map(str::to_owned),
                    user_properties: unsuback.user_properties.clone().into_owned(),
                },
            });
        }
        self.drain(now);
        Ok(())
    }

    /// The request an answer belongs to, taken out; `None` for an answer to nothing, which is
    /// passed over.
    fn answered(
        &mut self,
        packet_id: PacketId,
        packet: ControlPacketType,
        reason_codes: &[ReasonCode],
    ) -> Result<Option<Request>, Violation> {
        let version = self.version();
        let State::Connected(connected) = &mut self.state else {
            return Ok(None);
        };
        let by_hand = &mut self.session.by_hand;
        let (awaits, expected) = match connected.requests.get(packet_id) {
            None => {
                by_hand.takes(packet, packet_id);
                return Ok(None);
            }
            Some(Request::Subscribe { filters, .. }) => (ControlPacketType::Suback, filters.len()),
            Some(Request::Unsubscribe { filters, .. }) => {
                let coded = version.has_properties();
                (
                    ControlPacketType::Unsuback,
                    if coded { filters.len() } else { 0 },
                )
            }
        };
        let is_other = packet != awaits || reason_codes.len() != expected;
        if is_other && by_hand.takes(packet, packet_id) {
            return Ok(None);
        }
        if packet != awaits {
            return Err(Violation::WrongAcknowledgement {
                packet,
                packet_id,
                awaits,
            });
        }
        if reason_codes.len() != expected {
            return Err(Violation::ReasonCodeCount {
                packet,
                expected,
                received: reason_codes.len(),
            });
        }
        self.session.packet_ids.release(packet_id);
        Ok(connected.requests.remove(packet_id))
    }
}

/// A Topic Filter. Before 5.0 `$share` is a name like any other.
fn parse(
    filter: &str,
    index: usize,
    version: ProtocolVersion,
) -> Result<TopicFilter<'_>, SubscribeError> {
    let parsed = if version.has_properties() {
        TopicFilter::parse(filter)
    } else {
        TopicFilter::parse_without_shared(filter)
    };
    parsed.map_err(|error| SubscribeError::TopicFilter { index, error })
}

fn check<'a>(
    request: &SubscribeRequest<'a>,
    version: ProtocolVersion,
    server: &ServerLimits,
) -> Result<Vec<Subscription<'a>>, SubscribeError> {
    if request.subscriptions.is_empty() {
        return Err(SubscribeError::NoTopicFilter);
    }
    let has_properties =
        request.subscription_identifier.is_some() || !request.user_properties.is_empty();
    if has_properties && !version.has_properties() {
        return Err(SubscribeError::NeedsVersion5);
    }
    if request.subscription_identifier.is_some() && !server.subscription_identifiers_available {
        return Err(SubscribeError::SubscriptionIdentifierNotAvailable);
    }
    let subscriptions = request.subscriptions.iter().enumerate();
    subscriptions
        .map(|(index, &(filter, options))| {
            let filter = parse(filter, index, version)?;
            if !version.has_properties() && options != SubscriptionOptions::with_qos(options.qos) {
                return Err(SubscribeError::NeedsVersion5);
            }
            let shared = version.has_properties() && filter.shared().is_some();
            if shared && options.no_local {
                return Err(SubscribeError::NoLocalOnShared { index });
            }
            if shared && !server.shared_subscription_available {
                return Err(SubscribeError::SharedNotAvailable { index });
            }
            if filter.has_wildcard() && !server.wildcard_subscription_available {
                return Err(SubscribeError::WildcardNotAvailable { index });
            }
            Ok(Subscription { filter, options })
        })
        .collect()
}
