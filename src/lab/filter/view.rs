//! What the screen asks about a filtered or paused list.

use core::ops::Range;

use super::{MessageFilter, MessageFilterForm, SearchProgress, Surroundings};
use crate::lab::refusal::RefusalCause;
use crate::lab::{ClientKey, Lab, Refusal, format};

/// What a text on the screen was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundIn {
    /// A Topic Name.
    Topic,
    /// A payload.
    Payload,
}

/// A list that stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseView {
    /// How many messages came since, as the list is filtered: `+4,312 new`.
    pub waiting: u64,
    /// How many rows have left the list since because the trace had no room for them any more.
    pub lost: u64,
}

impl PauseView {
    /// `+4,312 new`, and how many rows are lost meanwhile.
    pub fn words(&self) -> String {
        let mut words = format!("+{} new", format::count(self.waiting));
        if self.lost > 0 {
            let lost = format::count(self.lost);
            words.push_str(&format!(" · {lost} rows gone, the trace is full"));
        }
        words
    }
}

impl Lab {
    /// Reads a message filter for a client's list: while it is typed, and to apply it with
    /// [`Command::FilterMessagesBy`](crate::lab::Command::FilterMessagesBy).
    ///
    /// # Errors
    ///
    /// What is wrong with which field.
    pub fn check_message_filter(
        &self,
        client: ClientKey,
        form: &MessageFilterForm,
    ) -> Result<MessageFilter, Vec<Refusal>> {
        let mut subscription = None;
        if let Some(key) = form.subscription {
            let row = self
                .client(client)
                .and_then(|client| client.subscriptions.find(key));
            let Some(row) = row else {
                return Err(vec![Refusal::new(RefusalCause::UnknownSubscription)]);
            };
            subscription = Some(row.filter.clone());
        }
        let surroundings = Surroundings {
            clock: self.clock_of(client),
            time_view: self.settings.time_view,
            now: self.now,
            subscription,
        };
        MessageFilter::read(form, &surroundings)
    }

    /// The filter that a client's list has, if it has one.
    pub fn message_filter_form(&self, client: ClientKey) -> Option<&MessageFilterForm> {
        Some(self.messages_of(client)?.search()?.filter()?.form())
    }

    /// How far the search for the filter is; `None` without a filter.
    pub fn search_progress(&self, client: ClientKey) -> Option<SearchProgress> {
        self.messages_of(client)?
            .search_progress(self.settings.show_sent)
    }

    /// Where the filter's text stands in a text that is shown: byte ranges, in order. Empty where the
    /// list is not filtered by text, or not in `found_in`.
    pub fn match_spans(
        &self,
        client: ClientKey,
        text: &str,
        found_in: FoundIn,
    ) -> Vec<Range<usize>> {
        let messages = self.messages_of(client);
        let search = messages.and_then(|messages| messages.search());
        let filter = search.and_then(|search| search.filter());
        filter.map_or_else(Vec::new, |filter| filter.spans(text, found_in))
    }

    /// Whether a client's list stands still, and what it has missed; `None` while it moves.
    pub fn message_pause(&self, client: ClientKey) -> Option<PauseView> {
        self.messages_of(client)?
            .pause_view(self.settings.show_sent)
    }
}
