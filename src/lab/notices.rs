//! Things the page must say that belong to no single control: storage that failed, old records
//! that had to go, a profile that could not be read.

use super::client_key::ClientKey;
use super::keys::{Counter, NoticeKey};
use crate::time::Instant;

/// How many notices are kept; the oldest goes first.
pub const NOTICES_MAXIMUM: usize = 20;

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its key, for [`Command::DismissNotice`](super::Command::DismissNotice).
    pub key: NoticeKey,
    /// When it was said last.
    pub at: Instant,
    /// How grave it is.
    pub severity: Severity,
    /// The client it concerns, if it concerns one.
    pub client: Option<ClientKey>,
    /// Whole sentences.
    pub words: String,
    /// How many times the same thing has been said.
    pub times: u32,
}

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good to know.
    Information,
    /// Something does not work as it could.
    Warning,
    /// Something that was asked for has not been done.
    Error,
}

/// The notices, oldest first. The same words about the same client are said once and counted.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    notices: Vec<Notice>,
    counter: Counter,
}

impl Notices {
    /// The notices, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Notice> + ExactSizeIterator {
        self.notices.iter()
    }

    /// How many notices there are.
    pub fn len(&self) -> usize {
        self.notices.len()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.notices.is_empty()
    }

    pub(super) fn say(
        &mut self,
        severity: Severity,
        client: Option<ClientKey>,
        words: String,
        now: Instant,
    ) {
        let known = self
            .notices
            .iter_mut()
            .find(|notice| notice.client == client && notice.words == words);
        if let Some(notice) = known {
            notice.at = now;
            notice.times = notice.times.saturating_add(1);
            return;
        }
        if self.notices.len() >= NOTICES_MAXIMUM {
            self.notices.remove(0);
        }
        let key = NoticeKey::new(self.counter.next());
        self.notices.push(Notice {
            key,
            at: now,
            severity,
            client,
            words,
            times: 1,
        });
    }

    pub(super) fn dismiss(&mut self, key: NoticeKey) -> bool {
        let before = self.notices.len();
        self.notices.retain(|notice| notice.key != key);
        before != self.notices.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_said_once_and_counted() {
        let mut notices = Notices::default();
        for second in 0..3 {
            let now = Instant::from_millis(second * 1_000);
            notices.say(Severity::Warning, None, "storage is full".into(), now);
        }
        let notice = notices.iter().next().unwrap();
        assert_eq!((notices.len(), notice.times), (1, 3));
        assert_eq!(notice.at, Instant::from_millis(2_000));
        let key = notice.key;
        assert!(notices.dismiss(key));
        assert!(!notices.dismiss(key));
    }

    #[test]
    fn the_oldest_notice_goes_first() {
        let mut notices = Notices::default();
        for number in 0..=NOTICES_MAXIMUM {
            let words = format!("notice {number}");
            notices.say(Severity::Information, None, words, Instant::ORIGIN);
        }
        assert_eq!(notices.len(), NOTICES_MAXIMUM);
        assert_eq!(notices.iter().next().unwrap().words, "notice 1");
    }
}
