//! The tables, row by row.

use super::SessionKey;
use super::connection::{Connected, Connection};
use super::event::InflightState;
use super::machine::Machine;
use super::message::Message;
use super::session::Session;
use super::system_topics::{SystemSnapshot, system_values};
use super::views::{
    ConnectedView, ConnectionView, InflightView, QueuedView, RetainedView, SessionView,
    SubscriptionView, WillState, WillView,
};
use crate::codec::TopicFilter;
use crate::time::Instant;

impl Machine {
    pub(super) fn connection_views_from(
        &self,
        row: usize,
    ) -> impl Iterator<Item = ConnectionView<'_>> {
        // Rows are skipped before anything is looked up for them; each place has one.
        let places = self.connection_places.values().skip(row);
        places.filter_map(|&place| self.connections.at(place).map(connection_view))
    }

    pub(super) fn session_views_from(&self, row: usize) -> impl Iterator<Item = SessionView<'_>> {
        let keys = self.session_keys.values().skip(row);
        keys.filter_map(|&key| self.session_view(key))
    }

    pub(super) fn session_named(&self, client_id: &str) -> Option<&Session> {
        let key = self.session_keys.get(client_id)?;
        self.sessions.at(key.value())
    }

    pub(super) fn session_view(&self, key: SessionKey) -> Option<SessionView<'_>> {
        let session = self.sessions.at(key.value())?;
        let connection = session.connection.and_then(|at| self.connections.at(at));
        Some(SessionView {
            client_id: &session.client_id,
            connection: connection.map(|connection| connection.id),
            clean: session.expiry_interval == 0,
            expiry_interval: session.expiry_interval,
            expires_at: session.expires_at,
            subscriptions: self.subscriptions.count_of_session(key),
            inflight_out: session.exchanges.len(),
            inflight_in: session.awaiting_pubrel.len(),
            queued: session.queue.len(),
            queued_retained: session.queue.retained(),
            queued_bytes: session.queue.bytes(),
        })
    }

    pub(super) fn inflight_views(&self, client_id: &str) -> impl Iterator<Item = InflightView<'_>> {
        let session = self.session_named(client_id).into_iter();
        session.flat_map(|session| {
            let out = session
                .exchanges
                .iter()
                .map(|(packet_id, exchange)| InflightView {
                    packet_id,
                    state: exchange.state.view(),
                    topic: exchange
                        .delivery
                        .as_ref()
                        .map(|delivery| &**delivery.message.topic()),
                });
            let from = session
                .awaiting_pubrel
                .iter()
                .map(|packet_id| InflightView {
                    packet_id,
                    state: InflightState::AwaitingPubrel,
                    topic: None,
                });
            out.chain(from)
        })
    }

    pub(super) fn queued_views(&self, client_id: &str) -> impl Iterator<Item = QueuedView<'_>> {
        let session = self.session_named(client_id).into_iter();
        session.flat_map(|session| {
            let waiting = session.queue.iter();
            waiting.map(|(message, qos)| QueuedView { message, qos })
        })
    }

    pub(super) fn subscription_views_from(
        &self,
        row: usize,
    ) -> impl Iterator<Item = SubscriptionView<'_>> {
        // Whole sessions are skipped by their number of rows.
        let (mut sessions, mut skipped) = (self.session_keys.iter().peekable(), 0);
        while let Some(&(_, &key)) = sessions.peek() {
            let after = skipped + self.subscriptions.count_of_session(key);
            if after > row {
                break;
            }
            skipped = after;
            sessions.next();
        }
        let rows = sessions.flat_map(|(client_id, &key)| {
            let rows = self.subscriptions.of_session(key);
            rows.map(move |(filter, subscription)| (client_id, filter, subscription))
        });
        let rows = rows.skip(row - skipped);
        rows.map(|(client_id, filter, subscription)| SubscriptionView {
            client_id,
            filter,
            group: TopicFilter::parse(filter)
                .ok()
                .filter(|_| subscription.is_shared)
                .and_then(TopicFilter::shared)
                .map(|(group, _)| group),
            options: subscription.options,
            identifier: subscription.identifier,
        })
    }

    pub(super) fn retained_views_from(&self, row: usize) -> impl Iterator<Item = RetainedView<'_>> {
        self.retained.iter().skip(row).map(|message| RetainedView {
            topic: message.topic(),
            payload: message.payload(),
            qos: message.qos(),
            since: message.received_at(),
            expires_at: Message::expires_at(message),
            message,
        })
    }

    pub(super) fn will_views(&self) -> impl Iterator<Item = WillView<'_>> {
        self.session_keys.values().filter_map(|key| {
            let session = self.sessions.at(key.value())?;
            let will = session.will.as_ref()?;
            Some(WillView {
                client_id: &session.client_id,
                topic: will.message.topic(),
                payload: will.message.payload(),
                qos: will.message.qos(),
                retain: will.retain,
                delay: will.delay,
                state: will
                    .until
                    .map_or(WillState::Armed, |until| WillState::Delayed { until }),
            })
        })
    }

    pub(super) fn system_topic_views(
        &self,
        now: Instant,
    ) -> impl Iterator<Item = (&'static str, String)> {
        system_values(self.system_snapshot(), now)
    }

    pub(super) fn system_snapshot(&self) -> SystemSnapshot<'_> {
        let sessions = self.session_keys.values();
        let sessions = sessions.filter_map(|key| self.sessions.at(key.value()));
        let (connected, queued) = sessions.fold((0, 0), |(connected, queued), session| {
            let is_connected = usize::from(session.connection.is_some());
            (connected + is_connected, queued + session.queue.len())
        });
        SystemSnapshot {
            counters: &self.counters,
            started_at: self.started_at,
            connected,
            sessions: self.sessions.len(),
            sessions_expired: self.counters.sessions_expired,
            subscriptions: self.subscriptions.len(),
            shared_groups: self.subscriptions.group_count(),
            retained: self.retained.len(),
            queued,
        }
    }
}

fn connection_view(connection: &Connection) -> ConnectionView<'_> {
    let aliases = connection.stream.aliases.len();
    ConnectionView {
        connection: connection.id,
        client: connection
            .connected
            .as_deref()
            .map(|connected| connected_view(connected, aliases)),
        since: connection.since,
        congested: connection.congested,
        bytes_received: connection.bytes_received,
        bytes_sent: connection.bytes_sent,
        messages_received: connection.messages_received,
        messages_sent: connection.messages_sent,
    }
}

fn connected_view(connected: &Connected, topic_aliases_received: usize) -> ConnectedView<'_> {
    ConnectedView {
        client_id: &connected.client_id,
        version: connected.version,
        keep_alive: connected.keep_alive,
        keep_alive_deadline: connected.keep_alive_deadline(),
        username: connected.username.as_deref(),
        receive_maximum: connected.client_receive_maximum,
        maximum_packet_size: connected.client_maximum_packet_size,
        topic_aliases_received,
        topic_aliases_sent: connected.outgoing_aliases.len(),
    }
}
