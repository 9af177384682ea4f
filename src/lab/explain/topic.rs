//! Topic errors and matches in words.

use super::Explanation;
use crate::codec::{
    LevelVerdict, MatchExplanation, MatchVerdict, TopicFilterError, TopicNameError,
};

/// What is wrong with a Topic Name, and what is allowed.
pub const fn topic_name_error(error: TopicNameError) -> Explanation {
    match error {
        TopicNameError::Empty => Explanation::new(
            "Topic is empty",
            "A message must be published to a topic.",
            "Type at least one character, for example room/temperature.",
        ),
        TopicNameError::TooLong { .. } => Explanation::new(
            "Topic is too long",
            "A topic has at most 65,535 bytes.",
            "Shorten it. Letters beyond a to z take two to four bytes each.",
        ),
        TopicNameError::NotUtf8 { .. } => Explanation::new(
            "Topic is not UTF-8",
            "The bytes of this topic are not text.",
            "A topic is text, encoded as UTF-8.",
        ),
        TopicNameError::NullCharacter { .. } => Explanation::new(
            "Topic has a null character",
            "The character U+0000 must not stand in a topic.",
            "Remove it. It is invisible and often comes along when text is pasted.",
        ),
        TopicNameError::Wildcard { character: '+', .. } => Explanation::new(
            "Topic has a wildcard",
            "One publishes to exactly one topic, so + cannot stand in it.",
            "Use + only when subscribing. Name the one topic to publish to.",
        ),
        TopicNameError::Wildcard { .. } => Explanation::new(
            "Topic has a wildcard",
            "One publishes to exactly one topic, so # cannot stand in it.",
            "Use # only when subscribing. Name the one topic to publish to.",
        ),
    }
}

/// What is wrong with a Topic Filter, and what is allowed.
pub const fn topic_filter_error(error: TopicFilterError) -> Explanation {
    match error {
        TopicFilterError::Empty => Explanation::new(
            "Filter is empty",
            "A subscription must say which topics it wants.",
            "Type a topic such as room/temperature, or a wildcard such as room/#.",
        ),
        TopicFilterError::TooLong { .. } => Explanation::new(
            "Filter is too long",
            "A filter has at most 65,535 bytes.",
            "Shorten it. Letters beyond a to z take two to four bytes each.",
        ),
        TopicFilterError::NotUtf8 { .. } => Explanation::new(
            "Filter is not UTF-8",
            "The bytes of this filter are not text.",
            "A filter is text, encoded as UTF-8.",
        ),
        TopicFilterError::NullCharacter { .. } => Explanation::new(
            "Filter has a null character",
            "The character U+0000 must not stand in a filter.",
            "Remove it. It is invisible and often comes along when text is pasted.",
        ),
        TopicFilterError::SingleLevelWildcardNotAlone { .. } => Explanation::new(
            "+ is not alone",
            "+ stands for one whole level, so nothing else can share its level.",
            "Write home/+/temp, but not home/room+/temp.",
        ),
        TopicFilterError::MultiLevelWildcardNotAlone { .. } => Explanation::new(
            "# is not alone",
            "# stands for whole levels, so it needs a slash before it and nothing after it.",
            "Write home/#, but not home#.",
        ),
        TopicFilterError::MultiLevelWildcardNotLast { .. } => Explanation::new(
            "# is not at the end",
            "# takes everything that is left, so no level can follow it.",
            "Write home/#, or use + for one level in the middle: home/+/temp.",
        ),
        TopicFilterError::SharedGroupMissing => Explanation::new(
            "Group is missing",
            "A shared subscription begins with $share/ and the name of its group.",
            "Write $share/group/filter, for example $share/workers/jobs/#.",
        ),
        TopicFilterError::SharedGroupWildcard { .. } => Explanation::new(
            "Group has a wildcard",
            "The group of a shared subscription is a plain name without + and #.",
            "Write $share/group/filter, for example $share/workers/jobs/#.",
        ),
        TopicFilterError::SharedFilterMissing => Explanation::new(
            "Filter is missing after the group",
            "A shared subscription needs a filter after its group.",
            "Write $share/group/filter, for example $share/workers/jobs/#.",
        ),
    }
}

/// How one level of a filter fits the topic.
pub const fn level_verdict(verdict: LevelVerdict) -> &'static str {
    match verdict {
        LevelVerdict::Equal => "the same",
        LevelVerdict::SingleLevelWildcard => "+ takes any one level, even an empty one",
        LevelVerdict::MultiLevelWildcard { .. } => "# takes this level and all below it",
        LevelVerdict::MultiLevelWildcardParent => "# also takes the level above it",
        LevelVerdict::Differs => "different",
        LevelVerdict::DiffersInCase => "different: capital and small letters count",
        LevelVerdict::TopicEndsEarly => "the topic has no level here",
        LevelVerdict::TopicGoesOn => "the filter has no level here",
        LevelVerdict::DollarProtected => {
            "a wildcard at the beginning does not take topics that begin with $"
        }
    }
}

/// The answer in one sentence.
pub fn match_verdict(explanation: &MatchExplanation<'_>) -> String {
    let (before, level, after) = match explanation.verdict {
        MatchVerdict::Matches => return "The filter matches the topic.".to_owned(),
        MatchVerdict::DollarProtected => {
            return "No match: topics that begin with $ are kept from filters that begin with a \
                    wildcard."
                .to_owned();
        }
        MatchVerdict::Differs { level } => ("No match: level ", level, " differs."),
        MatchVerdict::TopicEndsEarly { level } => (
            "No match: the filter asks for a level ",
            level,
            ", but the topic ends before it.",
        ),
        MatchVerdict::TopicGoesOn { level } => (
            "No match: the topic goes on with a level ",
            level,
            ", for which the filter has none.",
        ),
    };
    [before, &(level + 1).to_string(), after].concat()
}

/// What a shared subscription does, beside its match.
pub const fn shared_group() -> &'static str {
    "Shared: each message goes to only one client of the group. The group's name plays no part in \
     matching; what follows it is the filter. Part of MQTT 5.0; some brokers offer it in 3.1.1 too."
}

#[cfg(test)]
mod tests {
    use super::super::assert_well_worded;
    use super::*;
    use crate::codec::{TopicFilter, TopicName, explain};

    #[test]
    fn every_error_has_words() {
        for name in ["", "a\0", "+", "a/#"] {
            assert_well_worded(topic_name_error(TopicName::parse(name).unwrap_err()));
        }
        assert_well_worded(topic_name_error(
            TopicName::from_field(b"\xff").unwrap_err(),
        ));
        for filter in [
            "",
            "a\0",
            "a+",
            "a#",
            "#/a",
            "$share/",
            "$share/+/a",
            "$share/g",
        ] {
            assert_well_worded(topic_filter_error(TopicFilter::parse(filter).unwrap_err()));
        }
        let long = "a".repeat(65_536);
        assert_well_worded(topic_name_error(TopicName::parse(&long).unwrap_err()));
        assert_well_worded(topic_filter_error(TopicFilter::parse(&long).unwrap_err()));
    }

    #[test]
    fn the_wildcard_that_stands_in_the_name_is_the_one_spoken_of() {
        let meaning = |name| topic_name_error(TopicName::parse(name).unwrap_err()).meaning;
        assert!(meaning("a/+").contains('+'));
        assert!(meaning("a/#").contains('#'));
    }

    #[test]
    fn answers_count_levels_from_one() {
        let answer = |filter, name| {
            let filter = TopicFilter::parse(filter).unwrap();
            match_verdict(&explain(filter, TopicName::parse(name).unwrap()))
        };
        assert_eq!(answer("a/+", "a/b"), "The filter matches the topic.");
        assert_eq!(answer("a/b", "a/c"), "No match: level 2 differs.");
        assert_eq!(
            answer("a/b", "a"),
            "No match: the filter asks for a level 2, but the topic ends before it."
        );
        assert_eq!(
            answer("a", "a/b"),
            "No match: the topic goes on with a level 2, for which the filter has none."
        );
        assert!(answer("#", "$SYS/a").contains('$'));
    }
}
