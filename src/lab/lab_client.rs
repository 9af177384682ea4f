//! One client of the page: its forms, its connection and everything it has been told.

use std::collections::{BTreeMap, VecDeque};

use super::ClientKey;
use super::connection_form::ConnectionForm;
use super::publish::{Publication, PublishForm};
use super::rates::Rate;
use super::retained::RetainedRow;
use super::subscriptions::{SubscribeForm, SubscriptionRow};
use super::will::RegisteredWill;

/// A client of the page. Read by the screen, changed by commands alone.
#[derive(Debug)]
pub struct LabClient {
    pub(super) key: ClientKey,
    pub(super) name: String,
    pub(super) colour: u8,
    pub(super) form: ConnectionForm,
    pub(super) publish_form: PublishForm,
    pub(super) subscribe_form: SubscribeForm,
    pub(super) subscriptions: Vec<SubscriptionRow>,
    pub(super) publications: VecDeque<Publication>,
    pub(super) retained: BTreeMap<String, RetainedRow>,
    pub(super) will: Option<RegisteredWill>,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) received_rate: Rate,
    pub(super) sent_rate: Rate,
}

impl LabClient {
    pub(super) fn new(key: ClientKey, name: String, colour: u8, form: ConnectionForm) -> Self {
        Self {
            key,
            name,
            colour,
            form,
            publish_form: PublishForm::default(),
            subscribe_form: SubscribeForm::default(),
            subscriptions: Vec::new(),
            publications: VecDeque::new(),
            retained: BTreeMap::new(),
            will: None,
            received: 0,
            sent: 0,
            received_rate: Rate::default(),
            sent_rate: Rate::default(),
        }
    }

    /// Its key.
    pub fn key(&self) -> ClientKey {
        self.key
    }

    /// Its name in this page; the server does not know it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its colour, below [`COLOURS`](super::COLOURS).
    pub fn colour(&self) -> u8 {
        self.colour
    }

    /// The Connection panel as it was typed.
    pub fn connection_form(&self) -> &ConnectionForm {
        &self.form
    }

    /// The Publish panel as it was typed.
    pub fn publish_form(&self) -> &PublishForm {
        &self.publish_form
    }

    /// The form for a new subscription as it was typed.
    pub fn subscribe_form(&self) -> &SubscribeForm {
        &self.subscribe_form
    }

    /// The subscriptions, in the order in which they were made.
    pub fn subscriptions(&self) -> &[SubscriptionRow] {
        &self.subscriptions
    }

    /// The latest publications, newest first.
    pub fn publications(&self) -> impl ExactSizeIterator<Item = &Publication> {
        self.publications.iter().rev()
    }

    /// The topics for which this client was given a retained message, in the order of the topics.
    pub fn retained(&self) -> impl ExactSizeIterator<Item = &RetainedRow> {
        self.retained.values()
    }

    /// The will which the server holds for this client; or which it was left with when the
    /// connection was lost ([`RegisteredWill::released`]).
    pub fn will(&self) -> Option<&RegisteredWill> {
        self.will.as_ref()
    }

    /// How many messages it has been given since the list was cleared.
    pub fn messages_received(&self) -> u64 {
        self.received
    }

    /// How many messages it has sent since the list was cleared.
    pub fn messages_sent(&self) -> u64 {
        self.sent
    }

    /// Messages received per second; ask with [`Lab::now`](super::Lab::now).
    pub fn received_rate(&self) -> &Rate {
        &self.received_rate
    }

    /// Messages sent per second.
    pub fn sent_rate(&self) -> &Rate {
        &self.sent_rate
    }
}
