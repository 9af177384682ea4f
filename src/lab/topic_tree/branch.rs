//! What can be done with a whole branch of the tree.

use super::TopicKey;
use crate::codec::{TopicFilter, TopicName, matches};
use crate::lab::filter::MessageFilterForm;
use crate::lab::notices::Severity;
use crate::lab::refusal::RefusalCause;
use crate::lab::{ClientKey, Lab, Refusal, SubscribeForm, format};

/// How many topics a preview names; the rest is counted.
pub const BRANCH_PREVIEW_MAXIMUM: usize = 10_000;

/// The retained messages that are known in a branch: what clearing them would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchRetained {
    /// The topics, in their order. For each, an empty message with Retain would be published.
    pub topics: Vec<String>,
    /// Whether the server may hold more in this branch: only what it has shown this client is known.
    pub may_be_more: bool,
}

impl Lab {
    /// The Topic Filter that takes a branch: `a/b/#`, which takes `a/b` too; without levels below,
    /// the topic itself.
    pub fn branch_filter(&self, client: ClientKey, key: TopicKey) -> Option<String> {
        let tree = self.tree_of(client)?;
        let index = tree.index(key)?;
        let path = tree.path(index);
        let is_branch = !tree.node(index)?.children.is_empty();
        Some(if is_branch { path + "/#" } else { path })
    }

    /// The retained messages in a branch that could be cleared: to be shown before
    /// [`TopicCommand::ClearRetained`](super::TopicCommand::ClearRetained).
    pub fn branch_retained(&self, client: ClientKey, key: TopicKey) -> BranchRetained {
        let branch = self.branch_filter(client, key).unwrap_or_default();
        let (Ok(filter), Some(client)) = (TopicFilter::parse(&branch), self.client(client)) else {
            return BranchRetained::default();
        };
        let is_within =
            |topic: &&str| TopicName::parse(topic).is_ok_and(|topic| matches(filter, topic));
        let topics = client.retained().map(|row| row.topic.as_str());
        BranchRetained {
            topics: topics
                .filter(is_within)
                .take(BRANCH_PREVIEW_MAXIMUM)
                .map(str::to_owned)
                .collect(),
            may_be_more: client.retained_left_out() > 0,
        }
    }

    pub(in crate::lab) fn restrict_to_branch(
        &mut self,
        client: ClientKey,
        key: TopicKey,
    ) -> Result<(), Refusal> {
        let branch = self.known_branch(client, key)?;
        let known = self.message_filter_form(client).cloned();
        let form = MessageFilterForm {
            // Commas separate the filters of the form.
            include: branch.replace(',', "\\,"),
            ..known.unwrap_or_default()
        };
        let filter = self.check_message_filter(client, &form);
        let filter = filter.map_err(|mut refusals| refusals.swap_remove(0))?;
        self.messages_mut(client)?.filter_by(Some(filter));
        Ok(())
    }

    pub(in crate::lab) fn subscribe_to_branch(
        &mut self,
        client: ClientKey,
        key: TopicKey,
    ) -> Result<(), Refusal> {
        let filter = self.known_branch(client, key)?;
        let form = SubscribeForm {
            filter,
            ..SubscribeForm::default()
        };
        self.send_subscribe(client, &form)
    }

    /// Clears one after the other until one is refused, and says how many were sent then.
    pub(in crate::lab) fn clear_retained_topics(
        &mut self,
        client: ClientKey,
        topics: Vec<String>,
    ) -> Result<(), Refusal> {
        let wanted = topics.len();
        for (sent, topic) in topics.into_iter().enumerate() {
            let outcome = self.clear_retained(client, topic);
            let Err(refusal) = outcome else { continue };
            // One that another message has cleared meanwhile is as it should be.
            if refusal.cause == RefusalCause::UnknownRetained {
                continue;
            }
            if sent > 0 {
                let words = format!(
                    "{} of {} retained messages were cleared, then: {}",
                    format::count(sent as u64),
                    format::count(wanted as u64),
                    refusal.words()
                );
                self.say(Severity::Error, Some(client), words);
            }
            return Err(refusal);
        }
        Ok(())
    }

    fn known_branch(&self, client: ClientKey, key: TopicKey) -> Result<String, Refusal> {
        self.branch_filter(client, key)
            .ok_or_else(|| Refusal::new(RefusalCause::UnknownTopic))
    }
}
