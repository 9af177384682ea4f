//! The commands that change how messages are shown, not what they are.

use super::refusal::Refusal;
use super::trace::Trace;
use super::{ClientKey, Command, Lab, SubscriptionKey};

impl Lab {
    /// Carries out what concerns lists and histories of messages.
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
