//! "Why does it match?": a topic beside each of the current filters, level by level, ready to show.

use super::explain::{level_verdict, match_verdict, shared_group, topic_name_error};
use super::refusal::as_sentence;
use crate::codec::{LevelExplanation, LevelVerdict, TopicFilter, TopicName, explain};

/// What one filter says to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The filter as it was subscribed to.
    pub filter: String,
    /// Whether it takes the topic.
    pub matches: bool,
    /// `matches` or `does not match`.
    pub answer: &'static str,
    /// The levels, first to last.
    pub levels: Vec<WhyLevel>,
    /// What decided, and what each wildcard took: one sentence each.
    pub sentences: Vec<String>,
}

/// One level of a filter beside what it met in the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyLevel {
    /// The topic's level; `(empty)` and `(none)` where there is nothing to see.
    pub topic: String,
    /// The filter's level; `(empty)` and `(none)` where there is nothing to see.
    pub filter: String,
    /// How they fit, as a sign.
    pub sign: &'static str,
    /// How they fit, in two or three words.
    pub words: &'static str,
    /// Whether this level speaks for a match.
    pub fits: bool,
    /// Whether a wildcard took it.
    pub is_wildcard: bool,
}

/// Holds `topic` against every filter, in their order.
///
/// # Errors
///
/// What is wrong with the topic, in whole sentences.
pub fn why<'a>(
    filters: impl IntoIterator<Item = &'a str>,
    topic: &str,
) -> Result<Vec<Why>, String> {
    let name = TopicName::parse(topic).map_err(|error| {
        let words = topic_name_error(error);
        [words.meaning, words.hint].join(" ")
    })?;
    // What stands in the list was checked when it was subscribed to.
    let filters = filters.into_iter().filter_map(|text| {
        // Before 5.0 `$share` is a level like others, with which more can be subscribed to.
        let filter = TopicFilter::parse(text);
        let filter = filter.or_else(|_| TopicFilter::parse_without_shared(text));
        Some((text, filter.ok()?))
    });
    Ok(filters
        .map(|(text, filter)| explain_one(text, filter, name))
        .collect())
}

fn explain_one(text: &str, filter: TopicFilter<'_>, name: TopicName<'_>) -> Why {
    let explanation = explain(filter, name);
    let matches = explanation.matches();
    let mut sentences = Vec::new();
    if !matches {
        sentences.push(match_verdict(&explanation));
    }
    for level in &explanation.levels {
        let needs_words = match level.verdict {
            LevelVerdict::SingleLevelWildcard
            | LevelVerdict::MultiLevelWildcard { .. }
            | LevelVerdict::MultiLevelWildcardParent => matches,
            LevelVerdict::DiffersInCase => true,
            _ => false,
        };
        let sentence = as_sentence(level_verdict(level.verdict));
        if needs_words && !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    if matches && sentences.is_empty() {
        sentences.push("Every level is the same, letter by letter.".to_owned());
    }
    if explanation.group.is_some() {
        sentences.push(shared_group().to_owned());
    }
    Why {
        filter: text.to_owned(),
        matches,
        answer: if matches { "matches" } else { "does not match" },
        levels: explanation.levels.iter().map(show_level).collect(),
        sentences,
    }
}

fn show_level(level: &LevelExplanation<'_>) -> WhyLevel {
    let (sign, words) = match level.verdict {
        LevelVerdict::Equal => ("=", "the same"),
        LevelVerdict::SingleLevelWildcard => ("✓", "any one level"),
        LevelVerdict::MultiLevelWildcard { .. } => ("✓", "all that is left"),
        LevelVerdict::MultiLevelWildcardParent => ("✓", "the level above"),
        LevelVerdict::Differs => ("≠", "different"),
        LevelVerdict::DiffersInCase => ("≠", "other letter case"),
        LevelVerdict::TopicEndsEarly => ("✗", "missing in topic"),
        LevelVerdict::TopicGoesOn => ("✗", "missing in filter"),
        LevelVerdict::DollarProtected => ("✗", "$ is kept apart"),
    };
    WhyLevel {
        topic: level_text(level.topic_level),
        filter: level_text(level.filter_level),
        sign,
        words,
        fits: level.verdict.fits(),
        is_wildcard: matches!(
            level.verdict,
            LevelVerdict::SingleLevelWildcard
                | LevelVerdict::MultiLevelWildcard { .. }
                | LevelVerdict::MultiLevelWildcardParent
        ),
    }
}

fn level_text(level: Option<&str>) -> String {
    match level {
        None => "(none)",
        Some("") => "(empty)",
        Some(text) => text,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(filter: &str, topic: &str) -> Why {
        why([filter], topic).unwrap().remove(0)
    }

    #[test]
    fn a_wildcard_says_what_it_took() {
        let answer = one("sensors/+/humidity/#", "sensors/floor3/humidity/H1");
        assert!(answer.matches);
        let signs: Vec<_> = answer.levels.iter().map(|level| level.sign).collect();
        assert_eq!(signs, ["=", "✓", "=", "✓"]);
        assert_eq!(answer.levels[3].words, "all that is left");
        assert_eq!(
            answer.sentences,
            [
                "+ takes any one level, even an empty one.",
                "# takes this level and all below it."
            ]
        );
    }

    #[test]
    fn the_parent_level_and_empty_levels_can_be_seen() {
        let parent = one("sport/#", "sport");
        assert!(parent.matches);
        assert_eq!(parent.levels[1].topic, "(none)");
        assert_eq!(parent.sentences, ["# also takes the level above it."]);
        let empty = one("a//+", "a//");
        assert!(empty.matches);
        assert_eq!(empty.levels[1].filter, "(empty)");
        assert_eq!(empty.levels[2].topic, "(empty)");
    }

    #[test]
    fn what_does_not_match_says_where_and_why() {
        let case = one("Sport/a", "sport/a");
        assert!(!case.matches && !case.levels[0].fits && case.levels[1].fits);
        assert_eq!(case.answer, "does not match");
        assert_eq!(
            case.sentences,
            [
                "No match: level 1 differs.",
                "Different: capital and small letters count."
            ]
        );
        let dollar = one("#", "$SYS/broker");
        assert_eq!(dollar.sentences.len(), 1);
        assert!(dollar.sentences[0].contains('$'));
    }

    #[test]
    fn equal_and_shared_filters_are_explained_too() {
        let equal = one("a/b", "a/b");
        assert_eq!(
            equal.sentences,
            ["Every level is the same, letter by letter."]
        );
        let shared = one("$share/workers/a/#", "a/b");
        assert!(shared.matches);
        assert_eq!(shared.filter, "$share/workers/a/#");
        assert_eq!(shared.levels.len(), 2);
        assert!(shared.sentences.last().unwrap().starts_with("Shared:"));
    }

    #[test]
    fn a_filter_that_only_3_1_1_allows_is_explained_as_it_stands() {
        let plain = one("$share/group", "$share/group");
        assert!(plain.matches);
        assert_eq!(plain.levels.len(), 2);
    }

    #[test]
    fn a_topic_that_is_none_is_refused_in_words() {
        let words = why(["#"], "a/+").unwrap_err();
        assert!(words.contains('+') && words.ends_with('.'), "{words}");
        assert!(why([], "a").unwrap().is_empty());
    }
}
