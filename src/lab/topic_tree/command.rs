//! What the screen can ask of the topic tree.

use super::TopicKey;
use crate::lab::errand::CarryOut;
use crate::lab::field::Field;
use crate::lab::filter::SEARCH_TEXT_MAXIMUM;
use crate::lab::refusal::{FormCause, Refusal, RefusalCause};
use crate::lab::trace::RefusedAction;
use crate::lab::{ClientKey, Lab};

/// One thing a person does in the topic tree; a [`Command`](crate::lab::Command) can be made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicCommand {
    /// Open or close a level.
    Open {
        /// Whose tree.
        client: ClientKey,
        /// Which level.
        topic: TopicKey,
        /// Whether what is below it is shown.
        open: bool,
    },
    /// Open or close all levels.
    OpenAll {
        /// Whose tree.
        client: ClientKey,
        /// Whether they are open then.
        open: bool,
    },
    /// Show only topics that have a text, and the levels that lead to them; an empty text shows all.
    Filter {
        /// Whose tree.
        client: ClientKey,
        /// The text; case does not matter.
        text: String,
    },
    /// Begin the tree anew, with the topics of messages to come.
    Clear {
        /// Whose tree.
        client: ClientKey,
    },
    /// Show only messages of a branch in the list; what else that is filtered by holds on.
    RestrictToBranch {
        /// Whose list.
        client: ClientKey,
        /// Which level; the branch is it and all below.
        topic: TopicKey,
    },
    /// Subscribe to a branch: [`Lab::branch_filter`].
    SubscribeToBranch {
        /// Who subscribes.
        client: ClientKey,
        /// Which level.
        topic: TopicKey,
    },
    /// Publish the empty retained messages that clear those of several topics. The screen shows
    /// [`Lab::branch_retained`] and asks before.
    ClearRetained {
        /// Who publishes them.
        client: ClientKey,
        /// The Topic Names that were shown.
        topics: Vec<String>,
    },
}

impl CarryOut for TopicCommand {
    fn client(&self) -> Option<ClientKey> {
        match self {
            Self::Open { client, .. }
            | Self::OpenAll { client, .. }
            | Self::Filter { client, .. }
            | Self::Clear { client }
            | Self::RestrictToBranch { client, .. }
            | Self::SubscribeToBranch { client, .. }
            | Self::ClearRetained { client, .. } => Some(*client),
        }
    }

    fn action(&self) -> RefusedAction {
        match self {
            Self::ClearRetained { .. } => RefusedAction::Publish,
            Self::SubscribeToBranch { .. } => RefusedAction::Subscribe,
            _ => RefusedAction::Other,
        }
    }

    fn carry_out(self: Box<Self>, lab: &mut Lab) -> Result<(), Refusal> {
        match *self {
            Self::Open {
                client,
                topic,
                open,
            } => {
                let tree = lab.messages_mut(client)?.tree_mut();
                if !tree.set_open(topic, open) {
                    return Err(Refusal::new(RefusalCause::UnknownTopic));
                }
            }
            Self::OpenAll { client, open } => {
                lab.messages_mut(client)?.tree_mut().set_all_open(open);
            }
            Self::Filter { client, text } => {
                if text.len() > SEARCH_TEXT_MAXIMUM {
                    let (length, maximum) = (text.len(), SEARCH_TEXT_MAXIMUM);
                    let cause = RefusalCause::InForm(FormCause::TooLong { length, maximum });
                    return Err(Refusal::at(Field::FilterText, cause));
                }
                lab.messages_mut(client)?.tree_mut().set_filter(&text);
            }
            Self::Clear { client } => lab.messages_mut(client)?.tree_mut().clear(),
            Self::RestrictToBranch { client, topic } => lab.restrict_to_branch(client, topic)?,
            Self::SubscribeToBranch { client, topic } => lab.subscribe_to_branch(client, topic)?,
            Self::ClearRetained { client, topics } => lab.clear_retained_topics(client, topics)?,
        }
        Ok(())
    }
}
