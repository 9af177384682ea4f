//! What the screen reads beside the plain accessors.

use super::list_view::ListExtent;
use super::state_line::{ConnectionPhase, StateLine};
use super::trace::Sequence;
use super::{
    ClientKey, Lab, LinkEvent, LinkId, MessageDetails, MessageRow, Refusal, SubscriptionKey,
};
use crate::time::Instant;

impl Lab {
    /// What the state line of a client says now. It changes with time alone, too: ask again when
    /// [`Lab::revision`] has moved.
    pub fn state_line(&self, client: ClientKey) -> Option<StateLine> {
        self.client(client).map(|_| StateLine {
            phase: ConnectionPhase::Disconnected,
            status: "disconnected".to_owned(),
            sentence: "Not connected.".to_owned(),
            since: None,
            closed: None,
        })
    }

    /// How many rows the message list of a client has, as it is filtered now.
    pub fn message_count(&self, client: ClientKey) -> usize {
        let _ = self.client(client);
        0
    }

    /// What the message list of a client has now, as it is filtered: its rows numbered over all
    /// that it ever had, which it takes to see how many came in since. Another filter, another
    /// choice of what is shown, or clearing makes another list with another number.
    pub fn message_extent(&self, client: ClientKey) -> ListExtent {
        ListExtent {
            list: 0,
            first: 0,
            end: self.message_count(client) as u64,
        }
    }

    /// The subscription whose messages alone the list shows, if it is filtered.
    pub fn message_filter(&self, client: ClientKey) -> Option<SubscriptionKey> {
        let _ = self.client(client)?;
        None
    }

    /// A row of the message list, 0 being the newest.
    pub fn message_row(&self, client: ClientKey, index: usize) -> Option<MessageRow<'_>> {
        let _ = (self.client(client)?, index);
        None
    }

    /// Where a message stands in the list now, 0 being the newest.
    pub fn message_index(&self, client: ClientKey, sequence: Sequence) -> Option<usize> {
        let _ = (self.client(client)?, sequence);
        None
    }

    /// Everything about one message of a client; `None` where the trace has dropped it.
    pub fn message_details(
        &self,
        client: ClientKey,
        sequence: Sequence,
    ) -> Option<MessageDetails<'_>> {
        let _ = (self.client(client)?, sequence);
        None
    }

    /// What of the Publish panel cannot be published, by the rules of MQTT and by what the server
    /// allows. Not being connected is no error of the form.
    pub fn publish_errors(&self, client: ClientKey) -> Vec<Refusal> {
        let _ = self.client(client);
        Vec::new()
    }

    /// How many bytes the PUBLISH of what the Publish panel holds has on the wire, in the version
    /// that the client speaks or would speak; `None` where it cannot be published.
    pub fn publish_size(&self, client: ClientKey) -> Option<usize> {
        let _ = self.client(client)?;
        None
    }

    /// What of the subscription form cannot be subscribed to.
    pub fn subscribe_errors(&self, client: ClientKey) -> Vec<Refusal> {
        let _ = self.client(client);
        Vec::new()
    }

    /// Takes in what has happened to a link. Events of links that are gone are ignored.
    pub fn handle_link(&mut self, link: LinkId, event: LinkEvent<'_>, now: Instant) {
        let _ = (link, event);
        self.now = self.now.max(now);
    }

    /// Takes in that the time told by [`Lab::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// When [`Lab::handle_timeout`] must be called, if nothing else happens before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Does at most `budget` steps of long work, such as filtering a long list again. `true`
    /// while more remains.
    pub fn work(&mut self, budget: usize) -> bool {
        let _ = budget;
        false
    }
}
