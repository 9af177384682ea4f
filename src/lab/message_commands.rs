//! The commands that change how messages are shown, not what they are.

use super::field::Field;
use super::filter::SEARCH_TEXT_MAXIMUM;
use super::refusal::{Refusal, RefusalCause};
use super::trace::Trace;
use super::{ClientKey, Command, Lab, SubscriptionKey};

impl Lab {
    /// Carries out what concerns lists, histories, topic trees, charts and files of messages.
    pub(super) fn execute_on_messages(&mut self, command: Command) -> Result<(), Refusal> {
        let show_sent = self.settings.show_sent;
        match command {
            Command::FilterMessagesBy { client, filter } => {
                let filter = filter.map(|filter| *filter);
                self.messages_mut(client)?.filter_by(filter);
            }
            Command::StopSearch { client } => self.messages_mut(client)?.stop_search(show_sent),
            Command::PauseMessages { client } => {
                let next = self.trace_of(client).map(Trace::next).unwrap_or_default();
                self.messages_mut(client)?.pause(next, show_sent);
            }
            Command::ResumeMessages { client } => self.messages_mut(client)?.resume(),
            Command::OpenHistory { client, topic } => {
                self.messages_mut(client)?.open_history(topic);
            }
            Command::CloseHistory { client } => self.messages_mut(client)?.close_history(),
            Command::OpenTopic {
                client,
                topic,
                open,
            } => {
                let tree = self.messages_mut(client)?.tree_mut();
                if !tree.set_open(topic, open) {
                    return Err(Refusal::new(RefusalCause::UnknownTopic));
                }
            }
            Command::OpenAllTopics { client, open } => {
                self.messages_mut(client)?.tree_mut().set_all_open(open);
            }
            Command::FilterTopics { client, text } => {
                if text.len() > SEARCH_TEXT_MAXIMUM {
                    let (length, maximum) = (text.len(), SEARCH_TEXT_MAXIMUM);
                    let cause = RefusalCause::TooLong { length, maximum };
                    return Err(Refusal::at(Field::FilterText, cause));
                }
                self.messages_mut(client)?.tree_mut().set_filter(&text);
            }
            Command::ClearTopicTree { client } => self.messages_mut(client)?.tree_mut().clear(),
            Command::RestrictToBranch { client, topic } => {
                self.restrict_to_branch(client, topic)?;
            }
            Command::SubscribeToBranch { client, topic } => {
                self.subscribe_to_branch(client, topic)?;
            }
            Command::ClearRetainedTopics { client, topics } => {
                self.clear_retained_topics(client, topics)?;
            }
            Command::Export {
                client,
                format,
                scope,
            } => self.export(client, format, scope)?,
            Command::CancelExport => self.cancel_export()?,
            Command::Import { name, size } => self.begin_import(name, size),
            Command::StopImport => self.stop_import()?,
            Command::CloseImport => {
                self.imported = None;
                self.set_trace_budget();
            }
            Command::AddSeries {
                client,
                topic,
                path,
            } => self.add_series(client, topic, path)?,
            Command::RemoveSeries { client, series } => {
                let all = self.messages_mut(client)?.series_mut();
                let before = all.len();
                all.retain(|own| own.key != series);
                if all.len() == before {
                    return Err(Refusal::new(RefusalCause::UnknownSeries));
                }
            }
            // All others are carried out before.
            _ => {}
        }
        Ok(())
    }

    pub(super) fn clear_messages(&mut self, key: ClientKey) -> Result<(), Refusal> {
        let client = self.roster.find_mut(key)?;
        client.messages.clear();
        (client.received, client.sent) = (0, 0);
        Ok(())
    }

    pub(super) fn filter_messages(
        &mut self,
        key: ClientKey,
        subscription: Option<SubscriptionKey>,
    ) -> Result<(), Refusal> {
        let client = self.roster.find_mut(key)?;
        let filter = match subscription {
            Some(key) => {
                let row = client.subscriptions.find_mut(key)?;
                Some((key, row.filter.clone()))
            }
            None => None,
        };
        client.messages.set_filter(filter);
        Ok(())
    }
}
