//! Whether a Topic Filter takes a Topic Name, and why (section 4.7).
//!
//! [`matches()`] is the answer, without allocation; [`explain`] gives the reasons level by level, for
//! people. They never disagree: a test holds them against each other and against a third, naive
//! reading of the standard.

use super::{TopicFilter, TopicName};

/// Whether an Application Message published to `name` is delivered to a subscription to `filter`.
///
/// `+` takes exactly one level, which may be empty; `#` takes all the levels that are left, and also
/// the parent level; neither takes a name that begins with `$` when it is the first level
/// [MQTT-4.7.2-1]. A Shared Subscription is matched by the filter that it shares.
pub fn matches(filter: TopicFilter<'_>, name: TopicName<'_>) -> bool {
    let mut filter_left = filter.matched_part().as_str().as_bytes();
    let mut name_left = name.as_str().as_bytes();
    if let ([b'+' | b'#', ..], [b'$', ..]) = (filter_left, name_left) {
        return false;
    }
    loop {
        match (filter_left, name_left) {
            // A wildcard is alone in its level, so where it is met both stand at a level's beginning.
            ([b'#'], _) | ([b'/', b'#'], []) | ([], []) => return true,
            ([b'+', filter_rest @ ..], _) => {
                filter_left = filter_rest;
                name_left = from_next_slash(name_left);
            }
            ([filter_byte, filter_rest @ ..], [name_byte, name_rest @ ..])
                if filter_byte == name_byte =>
            {
                filter_left = filter_rest;
                name_left = name_rest;
            }
            _ => return false,
        }
    }
}

/// Says level by level why `filter` takes `name` or does not.
///
/// Every level is judged, also those after the first that does not fit, because a learner wants
/// to see them all; [`MatchExplanation::verdict`] tells which level decided.
pub fn explain<'a>(filter: TopicFilter<'a>, name: TopicName<'a>) -> MatchExplanation<'a> {
    let group = filter.shared().map(|(group, _)| group);
    let mut filter_levels = filter.matched_part().levels();
    let mut name_left = Some(name.as_str());
    let mut levels = Vec::new();
    let mut verdict = MatchVerdict::Matches;

    loop {
        let level = levels.len();
        let protects = level == 0 && name.begins_with_dollar();
        let explained = match (filter_levels.next(), name_left) {
            (None, None) => break,
            (Some("#"), rest) => {
                name_left = None;
                explain_multi_level(rest, level, levels.last(), protects)
            }
            (filter_level, Some(rest)) => {
                let (topic_level, after) = match rest.split_once('/') {
                    Some((topic_level, after)) => (topic_level, Some(after)),
                    None => (rest, None),
                };
                name_left = after;
                LevelExplanation {
                    filter_level,
                    topic_level: Some(topic_level),
                    verdict: judge_level(filter_level, topic_level, protects),
                }
            }
            (filter_level, None) => LevelExplanation {
                filter_level,
                topic_level: None,
                verdict: LevelVerdict::TopicEndsEarly,
            },
        };
        if verdict == MatchVerdict::Matches {
            verdict = explained.verdict.decides(level);
        }
        levels.push(explained);
    }

    MatchExplanation {
        group,
        levels,
        verdict,
    }
}

/// Why a Topic Filter takes a Topic Name or does not, level by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchExplanation<'a> {
    /// The group of a Shared Subscription; it plays no part in matching.
    pub group: Option<&'a str>,
    /// The levels, first to last. There is at least one.
    pub levels: Vec<LevelExplanation<'a>>,
    /// The answer, with the level that decided it.
    pub verdict: MatchVerdict,
}

impl MatchExplanation<'_> {
    /// The answer alone: the same as [`matches()`] gives.
    pub fn matches(&self) -> bool {
        self.verdict == MatchVerdict::Matches
    }
}

/// One level of a filter beside what it met in the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelExplanation<'a> {
    /// The filter's level, `None` where the name has more levels than the filter.
    pub filter_level: Option<&'a str>,
    /// The name's level, `None` where the name has no more. Beside `#` it is all that is left of
    /// the name, slashes included.
    pub topic_level: Option<&'a str>,
    /// How they fit.
    pub verdict: LevelVerdict,
}

/// How one level of a filter fits the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelVerdict {
    /// The same text, byte for byte.
    Equal,
    /// `+` takes this one level, whatever its text, also none.
    SingleLevelWildcard,
    /// `#` takes this level and all that follow.
    MultiLevelWildcard {
        /// How many levels, at least 1.
        levels: usize,
    },
    /// `#` also takes the level above it: the name ends there.
    MultiLevelWildcardParent,
    /// Different text.
    Differs,
    /// The same letters, but not in the same case.
    DiffersInCase,
    /// The filter asks for a level, but the name has no more.
    TopicEndsEarly,
    /// The name has a level for which the filter has none.
    TopicGoesOn,
    /// A wildcard in the first level takes no name that begins with `$`.
    DollarProtected,
}

impl LevelVerdict {
    /// Whether the level speaks for a match.
    pub const fn fits(self) -> bool {
        match self {
            Self::Equal
            | Self::SingleLevelWildcard
            | Self::MultiLevelWildcard { .. }
            | Self::MultiLevelWildcardParent => true,
            Self::Differs
            | Self::DiffersInCase
            | Self::TopicEndsEarly
            | Self::TopicGoesOn
            | Self::DollarProtected => false,
        }
    }

    const fn decides(self, level: usize) -> MatchVerdict {
        match self {
            Self::Equal
            | Self::SingleLevelWildcard
            | Self::MultiLevelWildcard { .. }
            | Self::MultiLevelWildcardParent => MatchVerdict::Matches,
            Self::Differs | Self::DiffersInCase => MatchVerdict::Differs { level },
            Self::TopicEndsEarly => MatchVerdict::TopicEndsEarly { level },
            Self::TopicGoesOn => MatchVerdict::TopicGoesOn { level },
            Self::DollarProtected => MatchVerdict::DollarProtected,
        }
    }
}

/// Whether a filter takes a name; where not, the first level at fault, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchVerdict {
    /// The filter takes the name.
    Matches,
    /// A level has another text than the filter asks for.
    Differs {
        /// Which.
        level: usize,
    },
    /// The name ends before this level of the filter.
    TopicEndsEarly {
        /// Which.
        level: usize,
    },
    /// The name goes on with this level after the filter's last.
    TopicGoesOn {
        /// Which.
        level: usize,
    },
    /// The filter begins with a wildcard and the name with `$` [MQTT-4.7.2-1].
    DollarProtected,
}

fn from_next_slash(mut bytes: &[u8]) -> &[u8] {
    while let [byte, rest @ ..] = bytes
        && *byte != b'/'
    {
        bytes = rest;
    }
    bytes
}

fn explain_multi_level<'a>(
    rest: Option<&'a str>,
    level: usize,
    previous: Option<&LevelExplanation<'_>>,
    protects: bool,
) -> LevelExplanation<'a> {
    let verdict = match rest {
        Some(_) if protects => LevelVerdict::DollarProtected,
        Some(rest) => LevelVerdict::MultiLevelWildcard {
            levels: rest.split('/').count(),
        },
        // The parent is the level right above; further up, the name simply ends too early.
        None if level > 0 && previous.is_some_and(|previous| previous.topic_level.is_some()) => {
            LevelVerdict::MultiLevelWildcardParent
        }
        None => LevelVerdict::TopicEndsEarly,
    };
    LevelExplanation {
        filter_level: Some("#"),
        topic_level: rest,
        verdict,
    }
}

fn judge_level(filter_level: Option<&str>, topic_level: &str, protects: bool) -> LevelVerdict {
    match filter_level {
        None => LevelVerdict::TopicGoesOn,
        Some("+") if protects => LevelVerdict::DollarProtected,
        Some("+") => LevelVerdict::SingleLevelWildcard,
        Some(text) if text == topic_level => LevelVerdict::Equal,
        Some(text) if text.eq_ignore_ascii_case(topic_level) => LevelVerdict::DiffersInCase,
        Some(_) => LevelVerdict::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::LevelVerdict::*;
    use super::*;
    use proptest::prelude::*;

    /// The filter, the names that it takes, the names that it does not.
    const TABLE: &[(&str, &[&str], &[&str])] = &[
        // The standard's examples, section 4.7.1.2 and 4.7.1.3.
        (
            "sport/tennis/player1/#",
            &[
                "sport/tennis/player1",
                "sport/tennis/player1/ranking",
                "sport/tennis/player1/score/wimbledon",
            ],
            &[
                "sport/tennis",
                "sport/tennis/player10",
                "sport/tennis/player2/ranking",
            ],
        ),
        (
            "sport/#",
            &["sport", "sport/", "sport/a", "sport/a/b"],
            &["Sport", "sports", "/sport"],
        ),
        (
            "#",
            &["a", "/", "//", "/a", "a/b/c"],
            &["$SYS", "$SYS/a", "$"],
        ),
        (
            "sport/tennis/+",
            &[
                "sport/tennis/player1",
                "sport/tennis/player2",
                "sport/tennis/",
            ],
            &["sport/tennis/player1/ranking", "sport/tennis"],
        ),
        ("sport/+", &["sport/", "sport/a"], &["sport", "sport/a/b"]),
        (
            "+/tennis/#",
            &["a/tennis", "/tennis/x", "a/tennis/x/y"],
            &["tennis", "$a/tennis/x"],
        ),
        (
            "sport/+/player1",
            &["sport/a/player1", "sport//player1"],
            &["sport/player1"],
        ),
        ("+/+", &["/finance", "a/b", "/"], &["a", "a/b/c", "$SYS/b"]),
        ("/+", &["/finance", "/"], &["finance", "/a/b", "a/b"]),
        ("+", &["finance", "a"], &["/finance", "/", "$SYS"]),
        // Section 4.7.2: topics that begin with $.
        (
            "+/monitor/Clients",
            &["a/monitor/Clients"],
            &["$SYS/monitor/Clients"],
        ),
        (
            "$SYS/#",
            &["$SYS/", "$SYS", "$SYS/monitor/Clients"],
            &["SYS/a"],
        ),
        (
            "$SYS/monitor/+",
            &["$SYS/monitor/Clients"],
            &["$SYS/monitor", "$SYS/monitor/a/b"],
        ),
        ("/#", &["/", "/$SYS", "/a/b"], &["a", "$SYS/a"]),
        ("a/+", &["a/$SYS", "a/"], &["$a/b"]),
        ("a/#", &["a/$b", "a"], &["ab"]),
        // Section 4.7.3: case, slashes and spaces count.
        (
            "ACCOUNTS",
            &["ACCOUNTS"],
            &["Accounts", "ACCOUNTS/", "/ACCOUNTS"],
        ),
        ("/", &["/"], &["a", "//", "a/", "/a"]),
        ("//", &["//"], &["/", "///"]),
        ("a//b", &["a//b"], &["a/b", "a/x/b"]),
        ("a/+/b", &["a//b", "a/x/b"], &["a/b", "a/x/y/b"]),
        ("a b", &["a b"], &["a  b", "ab"]),
        ("+/#", &["a", "/", "a/b/c"], &["$SYS", "$SYS/a"]),
        ("+/+/#", &["a/b", "a/", "a/b/c/d"], &["a"]),
        ("a/+/+/#", &["a/b/c", "a///x"], &["a/b", "a"]),
        ("grüße/+", &["grüße/😀"], &["gruesse/a"]),
        // Section 4.8.2: matched by the filter that is shared.
        (
            "$share/g/sport/+",
            &["sport/a"],
            &["$share/g/sport/a", "sport"],
        ),
        ("$share/g/#", &["a", "a/b"], &["$SYS/a"]),
        ("$share/g//a", &["/a"], &["a"]),
        ("$share/g/$SYS/#", &["$SYS/a"], &["a"]),
        ("$share", &["$share"], &["$share/g"]),
    ];

    #[test]
    fn the_table_of_filters_and_names() {
        for &(filter, taken, left) in TABLE {
            for (names, expected) in [(taken, true), (left, false)] {
                for name in names {
                    let (filter, name) = parse(filter, name);
                    assert_eq!(matches(filter, name), expected, "{filter} {name}");
                    assert_eq!(explain(filter, name).matches(), expected, "{filter} {name}");
                }
            }
        }
    }

    #[test]
    fn explanations_level_by_level() {
        check(
            "a/b",
            "a/b",
            &[("a", "a", Equal), ("b", "b", Equal)],
            MatchVerdict::Matches,
        );
        check(
            "home/+/temp",
            "home/kitchen/humidity",
            &[
                ("home", "home", Equal),
                ("+", "kitchen", SingleLevelWildcard),
                ("temp", "humidity", Differs),
            ],
            MatchVerdict::Differs { level: 2 },
        );
        check(
            "Home/#",
            "home/kitchen/temp",
            &[
                ("Home", "home", DiffersInCase),
                ("#", "kitchen/temp", MultiLevelWildcard { levels: 2 }),
            ],
            MatchVerdict::Differs { level: 0 },
        );
        check(
            "home/#",
            "home",
            &[
                ("home", "home", Equal),
                ("#", NONE, MultiLevelWildcardParent),
            ],
            MatchVerdict::Matches,
        );
        check(
            "home/#",
            "home/",
            &[
                ("home", "home", Equal),
                ("#", "", MultiLevelWildcard { levels: 1 }),
            ],
            MatchVerdict::Matches,
        );
        check(
            "a/b/#",
            "a",
            &[
                ("a", "a", Equal),
                ("b", NONE, TopicEndsEarly),
                ("#", NONE, TopicEndsEarly),
            ],
            MatchVerdict::TopicEndsEarly { level: 1 },
        );
        check(
            "a",
            "a/b/c",
            &[
                ("a", "a", Equal),
                (NONE, "b", TopicGoesOn),
                (NONE, "c", TopicGoesOn),
            ],
            MatchVerdict::TopicGoesOn { level: 1 },
        );
        check(
            "#",
            "$SYS/uptime",
            &[("#", "$SYS/uptime", DollarProtected)],
            MatchVerdict::DollarProtected,
        );
        check(
            "+/uptime",
            "$SYS/uptime",
            &[("+", "$SYS", DollarProtected), ("uptime", "uptime", Equal)],
            MatchVerdict::DollarProtected,
        );
        check(
            "+/+",
            "/finance",
            &[
                ("+", "", SingleLevelWildcard),
                ("+", "finance", SingleLevelWildcard),
            ],
            MatchVerdict::Matches,
        );
    }

    #[test]
    fn a_shared_subscription_is_explained_by_what_it_shares() {
        let (filter, name) = parse("$share/workers/jobs/+", "jobs/7");
        let explanation = explain(filter, name);
        assert_eq!(explanation.group, Some("workers"));
        assert_eq!(explanation.levels.len(), 2);
        assert!(explanation.matches());
    }

    proptest! {
        #[test]
        fn matching_explaining_and_the_naive_reading_agree(
            filter in "(\\$share/g/)?(\\$?[ab]?|\\+)(/(|a|b|\\+|\\$a)){0,4}(/#)?|#",
            name in "\\$?[ab]?(/(|a|b|\\$a)){0,4}",
        ) {
            let (Ok(filter), Ok(name)) = (TopicFilter::parse(&filter), TopicName::parse(&name)) else {
                return Ok(());
            };
            let expected = takes_naively(filter.matched_part().as_str(), name.as_str());
            prop_assert_eq!(matches(filter, name), expected);
            let explanation = explain(filter, name);
            prop_assert_eq!(explanation.matches(), expected);
            prop_assert_eq!(explanation.levels.iter().all(|level| level.verdict.fits()), expected);
            prop_assert!(!explanation.levels.is_empty());
        }

        #[test]
        fn any_text_is_judged_without_panic(filter in any::<String>(), name in any::<String>()) {
            if let (Ok(filter), Ok(name)) = (TopicFilter::parse(&filter), TopicName::parse(&name)) {
                prop_assert_eq!(matches(filter, name), explain(filter, name).matches());
            }
        }
    }

    /// The rules as one would read them aloud, without a thought for speed.
    fn takes_naively(filter: &str, name: &str) -> bool {
        fn takes(filter: &[&str], name: &[&str]) -> bool {
            match (filter, name) {
                (["#"], _) => true,
                (["+", filter @ ..], [_, name @ ..]) => takes(filter, name),
                ([first, filter @ ..], [level, name @ ..]) => first == level && takes(filter, name),
                (filter, name) => filter.is_empty() && name.is_empty(),
            }
        }
        let filter: Vec<_> = filter.split('/').collect();
        let name: Vec<_> = name.split('/').collect();
        let begins_with_wildcard = matches!(filter[0], "+" | "#");
        !(begins_with_wildcard && name[0].starts_with('$')) && takes(&filter, &name)
    }

    /// Stands for "no such level" in the tables of [`check`].
    const NONE: &str = "<none>";

    fn check(
        filter: &str,
        name: &str,
        expected: &[(&str, &str, LevelVerdict)],
        verdict: MatchVerdict,
    ) {
        let (filter, name) = parse(filter, name);
        let explanation = explain(filter, name);
        let levels: Vec<_> = explanation
            .levels
            .iter()
            .map(|level| {
                let filter_level = level.filter_level.unwrap_or(NONE);
                (
                    filter_level,
                    level.topic_level.unwrap_or(NONE),
                    level.verdict,
                )
            })
            .collect();
        assert_eq!(levels, expected, "{filter} {name}");
        assert_eq!(explanation.verdict, verdict, "{filter} {name}");
        assert_eq!(explanation.group, None);
    }

    fn parse<'a>(filter: &'a str, name: &'a str) -> (TopicFilter<'a>, TopicName<'a>) {
        (
            TopicFilter::parse(filter).unwrap(),
            TopicName::parse(name).unwrap(),
        )
    }
}
