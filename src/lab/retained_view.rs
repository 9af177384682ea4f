//! Rows of the Retained panel, as text that is ready to show.

use core::ops::Range;

use super::payload::preview;
use super::retained::{RetainedRow, RetainedState};
use super::wording::Standing;
use super::{ClientKey, Lab};

/// The longest value of a row, in characters.
const VALUE_MAXIMUM: usize = 160;

/// One topic with a retained message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedView {
    /// Topic Name, exactly.
    pub topic: String,
    /// The beginning of the payload.
    pub value: String,
    /// The number of the QoS with which it was delivered.
    pub qos: u8,
    /// When it came.
    pub time: String,
    /// What became of clearing it, at a glance.
    pub standing: Standing,
    /// What became of clearing it; empty where nothing was asked for.
    pub state: &'static str,
    /// What a later message without the flag may mean; empty where none came.
    pub later: String,
}

impl Lab {
    /// How many topics the Retained panel of a client shows.
    pub fn retained_count(&self, client: ClientKey) -> usize {
        self.client(client)
            .map_or(0, |client| client.retained().len())
    }

    /// Whether the Retained panel of a client shows this topic.
    pub fn is_retained(&self, client: ClientKey, topic: &str) -> bool {
        let client = self.client(client);
        client.is_some_and(|client| client.retained().any(|row| row.topic == topic))
    }

    /// The topics at these positions, in the order of the topics.
    pub fn retained_views(&self, client: ClientKey, rows: Range<usize>) -> Vec<RetainedView> {
        let Some(client) = self.client(client) else {
            return Vec::new();
        };
        let wanted = rows.end.saturating_sub(rows.start);
        let rows = client.retained().skip(rows.start).take(wanted);
        rows.map(|row| {
            let record = self.trace.get(row.sequence);
            self.retained_view(row, record.and_then(|record| record.payload()))
        })
        .collect()
    }

    fn retained_view(&self, row: &RetainedRow, payload: Option<&[u8]>) -> RetainedView {
        let (standing, state) = match row.state {
            RetainedState::Held => (Standing::Good, ""),
            RetainedState::Clearing => (Standing::UnderWay, "being cleared"),
            RetainedState::ClearingFailed => (Standing::Bad, "could not be cleared"),
        };
        let later = row.later.map_or_else(String::new, |later| {
            let time = self.shown_time(later.at);
            if later.may_be_retained {
                format!("A newer message came at {time}. It may have replaced this one.")
            } else {
                format!("A newer message came at {time}. It was not published with Retain.")
            }
        });
        RetainedView {
            topic: row.topic.clone(),
            value: payload.map_or_else(
                || "(no longer in the trace)".to_owned(),
                |payload| preview(payload, VALUE_MAXIMUM),
            ),
            qos: row.qos.as_u8(),
            time: self.shown_time(row.at),
            standing,
            state,
            later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Qos;
    use crate::lab::trace::Sequence;
    use crate::lab::{Environment, LaterMessage};
    use crate::time::Instant;

    #[test]
    fn a_topic_says_its_value_and_what_may_have_replaced_it() {
        let lab = Lab::new(Environment {
            seed: 1,
            unix_origin_ms: 0,
            minutes_offset: 0,
            page_is_https: false,
            query: Vec::new(),
            stored: Ok(Vec::new()),
        });
        let mut row = RetainedRow {
            topic: "kept/a".into(),
            sequence: Sequence::new(3),
            qos: Qos::AtLeastOnce,
            at: Instant::from_millis(1_500),
            payload_size: 2,
            later: None,
            state: RetainedState::Held,
        };
        let view = lab.retained_view(&row, Some(b"21"));
        assert_eq!((view.value.as_str(), view.qos), ("21", 1));
        assert_eq!(view.time, "00:00:01.500");
        assert!(view.state.is_empty() && view.later.is_empty());

        row.state = RetainedState::ClearingFailed;
        row.later = Some(LaterMessage {
            sequence: Sequence::new(9),
            at: Instant::from_millis(2_500),
            may_be_retained: true,
        });
        let view = lab.retained_view(&row, None);
        assert_eq!(view.value, "(no longer in the trace)");
        assert_eq!(view.standing, Standing::Bad);
        assert!(view.later.contains("00:00:02.500") && view.later.contains("replaced"));

        let key = lab.selected().unwrap().key();
        assert_eq!(lab.retained_count(key), 0);
        assert!(!lab.is_retained(key, "kept/a") && lab.retained_views(key, 0..9).is_empty());
    }
}
