//! What a filter has said of topics, so that it is asked once for each and not once for each message.

use crate::lab::trace::TopicId;

/// How many topics are remembered. With more of them in turn some are asked about again.
const SLOTS: usize = 4_096;

/// What the topic alone tells of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum TopicVerdict {
    /// The filter takes none of its messages.
    Refused,
    /// As far as topic and text are concerned, it takes them all.
    Taken,
    /// It takes those whose payload has the text.
    AskPayload,
}

/// A small table, by the number of the topic.
#[derive(Debug)]
pub(in crate::lab) struct Verdicts(Vec<Option<(TopicId, TopicVerdict)>>);

impl Default for Verdicts {
    fn default() -> Self {
        Self(vec![None; SLOTS])
    }
}

impl Verdicts {
    pub(super) fn get(
        &mut self,
        topic: TopicId,
        judge: impl FnOnce() -> TopicVerdict,
    ) -> TopicVerdict {
        let slot = self.0.get_mut(topic.number() as usize % SLOTS);
        match slot {
            Some(Some((known, verdict))) if *known == topic => *verdict,
            slot => {
                let verdict = judge();
                if let Some(slot) = slot {
                    *slot = Some((topic, verdict));
                }
                verdict
            }
        }
    }
}
