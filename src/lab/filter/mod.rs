//! The message filter: which messages of a list are shown.
//!
//! [`MessageFilterForm`] is what a person types. [`Lab::check_message_filter`](super::Lab::check_message_filter)
//! makes a [`MessageFilter`] of it, or says in words what is wrong and where; call it while typing.
//! [`Command::FilterMessagesBy`](super::Command::FilterMessagesBy) applies it: new messages are judged as they
//! come, older ones in slices, newest first. [`Lab::search_progress`](super::Lab::search_progress) tells how far
//! that is.

mod search;
mod text;
mod time;
mod verdicts;
mod view;

use core::ops::Range;

pub use search::SearchProgress;
pub(super) use search::{Search, Wanted};
pub use text::{PATTERN_PAYLOAD_MAXIMUM, PatternError, SEARCH_TEXT_MAXIMUM};
pub use time::TimeTextError;
pub(super) use time::read_utc;
pub(super) use verdicts::Verdicts;
pub use view::{FoundIn, PauseView};

use super::Refusal;
use super::field::Field;
use super::format::WallClock;
use super::keys::SubscriptionKey;
use super::refusal::{FormCause, RefusalCause};
use super::settings::TimeView;
use super::trace::{Direction, Record};
use crate::codec::{TopicFilter, TopicName, matches};
use crate::time::Instant;
pub(super) use text::TextMatcher;
use verdicts::TopicVerdict;

/// The most Topic Filters that can be given to include, and again to exclude.
pub const TOPIC_FILTERS_MAXIMUM: usize = 32;

/// How many places of a text are highlighted at most.
const SPANS_MAXIMUM: usize = 64;

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextPlace {
    /// In the topic and in the payload.
    #[default]
    Anywhere,
    /// In the topic only.
    Topic,
    /// In the payload only.
    Payload,
}

/// The filter as it was typed. What is left as it is by default takes every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFilterForm {
    /// Topic Filters, separated by commas or line breaks (`\,` is a comma in one): a message that
    /// matches any of them is shown. Empty: all are.
    pub include: String,
    /// The same: a message that matches any of them is not shown.
    pub exclude: String,
    /// A text to be found; empty: no matter.
    pub text: String,
    /// Where.
    pub place: TextPlace,
    /// Whether `A` differs from `a`. Without, only A to Z and a to z are the same.
    pub is_case_sensitive: bool,
    /// Whether the text is a regular expression. One looks at the first
    /// [`PATTERN_PAYLOAD_MAXIMUM`] bytes of a payload, and only at its text.
    pub is_pattern: bool,
    /// Whether messages of QoS 0, 1 and 2 are shown. At least one must be.
    pub qos: [bool; 3],
    /// Only messages with, or without, the Retain flag.
    pub retain: Option<bool>,
    /// Only messages with, or without, the DUP flag.
    pub dup: Option<bool>,
    /// Only received or only sent ones. The latter are shown even where the settings leave sent
    /// messages out.
    pub direction: Option<Direction>,
    /// Only those that match the Topic Filter of this subscription.
    pub subscription: Option<SubscriptionKey>,
    /// Only those from this time on, as the list shows times: `14:03`, `14:03:22.5`, with a date
    /// `2026-11-21 14:03`; seconds such as `12.5` where the list shows those. Empty: from the first.
    pub from: String,
    /// Only those up to this time; `14:03` is the whole minute. Empty: to the last.
    pub to: String,
}

impl Default for MessageFilterForm {
    fn default() -> Self {
        Self {
            include: String::new(),
            exclude: String::new(),
            text: String::new(),
            place: TextPlace::default(),
            is_case_sensitive: false,
            is_pattern: false,
            qos: [true; 3],
            retain: None,
            dup: None,
            direction: None,
            subscription: None,
            from: String::new(),
            to: String::new(),
        }
    }
}

impl MessageFilterForm {
    /// How many conditions it sets: what a folded filter shows. A text with all that belongs to it is
    /// one, and so are the two times.
    pub fn conditions(&self) -> usize {
        let is_typed = |text: &String| !text.trim().is_empty();
        [
            is_typed(&self.include),
            is_typed(&self.exclude),
            !self.text.is_empty(),
            self.qos != [true; 3],
            self.retain.is_some(),
            self.dup.is_some(),
            self.direction.is_some(),
            self.subscription.is_some(),
            is_typed(&self.from) || is_typed(&self.to),
        ]
        .into_iter()
        .filter(|is_set| *is_set)
        .count()
    }

    /// Whether it takes every message.
    pub fn takes_all(&self) -> bool {
        self.conditions() == 0
    }
}

/// What a filter must know to be read.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) clock: WallClock,
    pub(super) time_view: TimeView,
    pub(super) now: Instant,
    /// The Topic Filter of the form's subscription.
    pub(super) subscription: Option<String>,
}

/// A filter that can be applied. Made by [`Lab::check_message_filter`](super::Lab::check_message_filter).
#[derive(Clone, Debug)]
pub struct MessageFilter {
    form: MessageFilterForm,
    include: Vec<String>,
    exclude: Vec<String>,
    subscription: Option<String>,
    text: Option<TextMatcher>,
    from: Option<Instant>,
    to: Option<Instant>,
}

/// Filters are equal where they were typed alike at the same subscription and time.
impl PartialEq for MessageFilter {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form
            && self.subscription == other.subscription
            && (self.from, self.to) == (other.from, other.to)
    }
}

impl Eq for MessageFilter {}

/// What a filter says of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) is_taken: bool,
    /// Whether a payload was not looked through to its end.
    pub(super) is_partly: bool,
    /// In steps of long work.
    pub(super) cost: usize,
}

impl Verdict {
    pub(super) const fn plain(is_taken: bool) -> Self {
        Self {
            is_taken,
            is_partly: false,
            cost: 0,
        }
    }
}

impl MessageFilter {
    /// What was typed.
    pub fn form(&self) -> &MessageFilterForm {
        &self.form
    }

    /// Reads a form.
    pub(super) fn read(
        form: &MessageFilterForm,
        surroundings: &Surroundings,
    ) -> Result<Self, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut keep = |refusal: Result<(), Refusal>| refusals.extend(refusal.err());
        let include = topic_filters(&form.include, Field::FilterInclude);
        keep(include.as_ref().map(|_| ()).map_err(Clone::clone));
        let exclude = topic_filters(&form.exclude, Field::FilterExclude);
        keep(exclude.as_ref().map(|_| ()).map_err(Clone::clone));
        let text = text_matcher(form);
        keep(text.as_ref().map(|_| ()).map_err(Clone::clone));
        let from = read_time(&form.from, Field::FilterFrom, surroundings);
        keep(from.as_ref().map(|_| ()).map_err(Clone::clone));
        let to = read_time(&form.to, Field::FilterTo, surroundings);
        keep(to.as_ref().map(|_| ()).map_err(Clone::clone));
        if form.qos == [false; 3] {
            let refusal = Refusal::at(Field::FilterQos, RefusalCause::NoQosChosen);
            keep(Err(refusal));
        }
        if let (Ok(Some((from, _))), Ok(Some((_, to)))) = (&from, &to)
            && to < from
        {
            keep(Err(Refusal::at(
                Field::FilterTo,
                RefusalCause::TimesReversed,
            )));
        }
        match (include, exclude, text, from, to) {
            (Ok(include), Ok(exclude), Ok(text), Ok(from), Ok(to)) if refusals.is_empty() => {
                Ok(Self {
                    form: form.clone(),
                    include,
                    exclude,
                    subscription: surroundings.subscription.clone(),
                    text,
                    from: from.map(|(first, _)| first),
                    to: to.map(|(_, last)| last),
                })
            }
            _ => Err(refusals),
        }
    }

    /// A filter that takes the messages of one subscription.
    pub(super) fn of_subscription(key: SubscriptionKey, filter: String) -> Self {
        Self {
            form: MessageFilterForm {
                subscription: Some(key),
                ..MessageFilterForm::default()
            },
            include: Vec::new(),
            exclude: Vec::new(),
            subscription: Some(filter),
            text: None,
            from: None,
            to: None,
        }
    }

    /// The same with another subscription, or with none.
    pub(super) fn with_subscription(
        &self,
        subscription: Option<(SubscriptionKey, String)>,
    ) -> Self {
        let mut filter = self.clone();
        let (key, text) = subscription.unzip();
        filter.form.subscription = key;
        filter.subscription = text;
        filter
    }

    /// Whether it can take messages that this client has sent.
    pub(super) fn wants_sent(&self) -> bool {
        self.form.direction == Some(Direction::Sent)
    }

    /// Whether it takes a message. Costs are told, because a payload can be large.
    pub(super) fn judge(&self, record: &Record<'_>, verdicts: &mut Verdicts) -> Verdict {
        if !self.takes_flags(record) {
            return Verdict::plain(false);
        }
        let Some(id) = record.topic_id() else {
            return Verdict::plain(false);
        };
        let mut cost = 0;
        let verdict = verdicts.get(id, || {
            let topic = record.topic().unwrap_or_default();
            cost += self.text.as_ref().map_or(0, |text| text.cost(topic.len()));
            self.judge_topic(topic)
        });
        let (TopicVerdict::AskPayload, Some(text), Some(payload)) =
            (verdict, &self.text, record.payload())
        else {
            return Verdict {
                cost,
                ..Verdict::plain(verdict == TopicVerdict::Taken)
            };
        };
        let (is_taken, is_whole) = text.is_in(payload);
        Verdict {
            is_taken,
            is_partly: !is_whole,
            cost: cost + text.cost(payload.len()),
        }
    }

    /// Where the filter's text stands in `text`, which is shown of a topic or of a payload: byte
    /// ranges at the boundaries of characters, in order, 64 at most.
    pub fn spans(&self, text: &str, found_in: FoundIn) -> Vec<Range<usize>> {
        let is_searched = match found_in {
            FoundIn::Topic => self.form.place != TextPlace::Payload,
            FoundIn::Payload => self.form.place != TextPlace::Topic,
        };
        match &self.text {
            Some(matcher) if is_searched => matcher
                .spans(text, SPANS_MAXIMUM)
                .into_iter()
                .filter(|span| text.get(span.clone()).is_some())
                .collect(),
            _ => Vec::new(),
        }
    }

    fn takes_flags(&self, record: &Record<'_>) -> bool {
        let qos = record.qos().map_or(3, |qos| usize::from(qos.as_u8()));
        let form = &self.form;
        form.qos.get(qos).copied().unwrap_or_default()
            && form.retain.is_none_or(|retain| retain == record.retain())
            && form.dup.is_none_or(|dup| dup == record.dup())
            && (form.direction.is_none() || form.direction == record.direction())
            && self.from.is_none_or(|from| record.time() >= from)
            && self.to.is_none_or(|to| record.time() <= to)
    }

    fn judge_topic(&self, topic: &str) -> TopicVerdict {
        let any = |filters: &[String]| filters.iter().any(|filter| topic_matches(filter, topic));
        let is_refused = !self.include.is_empty() && !any(&self.include)
            || any(&self.exclude)
            || self
                .subscription
                .as_ref()
                .is_some_and(|filter| !topic_matches(filter, topic));
        if is_refused {
            return TopicVerdict::Refused;
        }
        let Some(text) = &self.text else {
            return TopicVerdict::Taken;
        };
        let in_topic = self.form.place != TextPlace::Payload && text.is_in(topic.as_bytes()).0;
        match self.form.place {
            _ if in_topic => TopicVerdict::Taken,
            TextPlace::Topic => TopicVerdict::Refused,
            TextPlace::Anywhere | TextPlace::Payload => TopicVerdict::AskPayload,
        }
    }
}

pub(super) fn topic_matches(filter: &str, topic: &str) -> bool {
    match (TopicFilter::parse(filter), TopicName::parse(topic)) {
        (Ok(filter), Ok(topic)) => matches(filter, topic),
        _ => false,
    }
}

/// The Topic Filters in what was typed: see [`MessageFilterForm::include`].
fn topic_filters(typed: &str, field: Field) -> Result<Vec<String>, Refusal> {
    let mut filters = Vec::new();
    for filter in split_list(typed) {
        if let Err(error) = TopicFilter::parse(&filter) {
            let cause = RefusalCause::ListedFilter {
                position: filters.len() + 1,
                error,
            };
            return Err(Refusal::at(field, cause));
        }
        filters.push(filter);
    }
    if filters.len() > TOPIC_FILTERS_MAXIMUM {
        let cause = RefusalCause::InForm(FormCause::TooMany {
            what: "topic filters",
            maximum: TOPIC_FILTERS_MAXIMUM,
        });
        return Err(Refusal::at(field, cause));
    }
    Ok(filters)
}

/// Cut at commas and line breaks, without the blanks around and without empty parts.
fn split_list(typed: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = typed.chars().peekable();
    while let Some(character) = characters.next() {
        let literal = match character {
            '\\' if characters.next_if_eq(&',').is_some() => ',',
            ',' | '\n' => {
                parts.push(String::new());
                continue;
            }
            other => other,
        };
        if let Some(part) = parts.last_mut() {
            part.push(literal);
        }
    }
    let trimmed = parts.iter().map(|part| part.trim());
    trimmed
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn text_matcher(form: &MessageFilterForm) -> Result<Option<TextMatcher>, Refusal> {
    let refuse = |cause| Refusal::at(Field::FilterText, cause);
    let text = &form.text;
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > SEARCH_TEXT_MAXIMUM {
        return Err(refuse(RefusalCause::InForm(FormCause::TooLong {
            length: text.len(),
            maximum: SEARCH_TEXT_MAXIMUM,
        })));
    }
    if !form.is_pattern {
        return Ok(Some(TextMatcher::new(text, form.is_case_sensitive)));
    }
    TextMatcher::pattern(text, form.is_case_sensitive)
        .map(Some)
        .map_err(|error| refuse(RefusalCause::Pattern(error)))
}

fn read_time(
    typed: &str,
    field: Field,
    surroundings: &Surroundings,
) -> Result<Option<(Instant, Instant)>, Refusal> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let Surroundings {
        clock,
        time_view,
        now,
        ..
    } = *surroundings;
    time::read_time(typed, clock, time_view, now)
        .map(Some)
        .map_err(|error| Refusal::at(field, RefusalCause::TimeText(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            clock: WallClock {
                origin_unix_milliseconds: 1_795_303_815_250,
                minutes_ahead_of_utc: 60,
            },
            time_view: TimeView::Elapsed,
            now: Instant::from_millis(60_000),
            subscription: None,
        }
    }

    fn read(change: impl FnOnce(&mut MessageFilterForm)) -> Result<MessageFilter, Vec<Refusal>> {
        let mut form = MessageFilterForm::default();
        change(&mut form);
        MessageFilter::read(&form, &surroundings())
    }

    #[test]
    fn conditions_are_counted() {
        let mut form = MessageFilterForm {
            include: " ".to_owned(),
            is_case_sensitive: true,
            ..MessageFilterForm::default()
        };
        assert_eq!((form.conditions(), form.takes_all()), (0, true));
        form.text = " ".to_owned();
        (form.from, form.to) = ("14:03".to_owned(), "14:04".to_owned());
        form.qos = [true, false, true];
        assert_eq!((form.conditions(), form.takes_all()), (3, false));
    }

    #[test]
    fn lists_are_cut_at_commas_and_lines() {
        assert_eq!(split_list(" a/# , b/+\nc\\,d ,,"), ["a/#", "b/+", "c,d"]);
        assert_eq!(split_list("a\\b"), ["a\\b"]);
        assert_eq!(split_list("  "), [""; 0]);
    }

    #[test]
    fn topics_are_included_and_excluded() {
        let filter = read(|form| {
            form.include = "home/#, office/+/light".into();
            form.exclude = "home/secret/#".into();
        })
        .unwrap();
        for (topic, expected) in [
            ("home/a", TopicVerdict::Taken),
            ("home/secret/a", TopicVerdict::Refused),
            ("office/1/light", TopicVerdict::Taken),
            ("office/1/door", TopicVerdict::Refused),
        ] {
            assert_eq!(filter.judge_topic(topic), expected, "{topic}");
        }
        let filter = read(|form| form.text = "DOOR".into()).unwrap();
        assert_eq!(filter.judge_topic("a/door"), TopicVerdict::Taken);
        assert_eq!(filter.judge_topic("a/light"), TopicVerdict::AskPayload);
        assert_eq!(filter.spans("a/door door", FoundIn::Topic), [2..6, 7..11]);
    }

    #[test]
    fn every_field_says_what_is_wrong_with_it() {
        let refusals = read(|form| {
            form.include = "a, b/#/c".into();
            form.exclude = "a+".into();
            form.text = "(".into();
            form.is_pattern = true;
            form.qos = [false; 3];
            form.from = "noon".into();
            form.to = "1.".into();
        })
        .unwrap_err();
        let fields: Vec<_> = refusals
            .iter()
            .filter_map(|refusal| refusal.field)
            .collect();
        let expected = [
            Field::FilterInclude,
            Field::FilterExclude,
            Field::FilterText,
            Field::FilterFrom,
            Field::FilterTo,
            Field::FilterQos,
        ];
        assert_eq!(fields, expected);
        assert!(refusals[0].words().contains("2"), "{}", refusals[0].words());
        let reversed = read(|form| {
            form.from = "10".into();
            form.to = "9".into();
        });
        assert_eq!(reversed.unwrap_err()[0].cause, RefusalCause::TimesReversed);
        assert!(read(|form| form.text = "x".repeat(257)).is_err());
        assert!(read(|form| form.include = "a,".repeat(33)).is_err());
    }

    #[test]
    fn nothing_typed_takes_all() {
        assert!(MessageFilterForm::default().takes_all());
        let form = MessageFilterForm {
            from: " ".into(),
            ..MessageFilterForm::default()
        };
        assert!(form.takes_all());
        let form = MessageFilterForm {
            dup: Some(false),
            ..form
        };
        assert!(!form.takes_all());
    }
}
