//! The rows of the conformance table: plain text, a step a line. `rows/README.md` has the language.

use super::packet::{Fields, Version};

/// One scenario.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub id: String,
    pub title: String,
    /// The scenarios of the conformance material that it runs.
    pub scenarios: Vec<String>,
    /// Statement numbers and sections, with the standard they are from.
    pub spec: Vec<(Version, String)>,
    pub versions: Vec<Version>,
    /// The name of the Server's configuration.
    pub options: String,
    /// Where mosquitto does otherwise, and why that is so.
    pub mosquitto: Vec<(Version, String)>,
    /// Why only our broker runs it.
    pub only_ours: Option<String>,
    pub steps: Vec<Step>,
}

/// One line of a row.
#[derive(Clone, Debug)]
pub struct Step {
    pub line: usize,
    pub text: String,
    /// Empty: all of the row's.
    pub versions: Vec<Version>,
    /// Not for mosquitto: what only virtual time can tell, or our own choices.
    pub only_ours: bool,
    pub words: Vec<String>,
    /// The lines below an `all`.
    pub patterns: Vec<String>,
}

/// Reads a file of rows.
pub fn parse(file: &str, text: &str) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = Vec::new();
    let mut in_steps = false;
    for (at, line) in text.lines().enumerate() {
        let place = |what: &str| format!("{file}:{}: {what}: {line}", at + 1);
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with("# ") {
            continue;
        }
        if let Some(heading) = trimmed.strip_prefix("== ") {
            let (id, title) = heading.split_once(' ').ok_or_else(|| place("no title"))?;
            rows.push(Row {
                id: id.to_owned(),
                title: title.to_owned(),
                versions: vec![Version::V3_1_1, Version::V5_0],
                options: "default".to_owned(),
                ..Row::default()
            });
            in_steps = false;
            continue;
        }
        let row = rows.last_mut().ok_or_else(|| place("no row yet"))?;
        if trimmed == "--" {
            in_steps = true;
        } else if in_steps {
            row.step(at + 1, line).map_err(|what| place(&what))?;
        } else {
            row.head(trimmed).map_err(|what| place(&what))?;
        }
    }
    Ok(rows)
}

impl Row {
    fn head(&mut self, line: &str) -> Result<(), String> {
        let (key, rest) = line.split_once(' ').ok_or("no value")?;
        match key {
            "scenario" => self.scenarios.extend(rest.split(' ').map(str::to_owned)),
            "spec" => {
                let (version, list) = rest.split_once(": ").ok_or("no version")?;
                let version = Version::parse(version).ok_or("unknown version")?;
                let list = list.split(' ').map(|item| (version, item.to_owned()));
                self.spec.extend(list);
            }
            "versions" => self.versions = versions(rest)?,
            "options" => self.options = rest.to_owned(),
            "mosquitto" => {
                let (list, reason) = rest.split_once(": ").ok_or("no reason")?;
                let list = versions(list)?.into_iter();
                self.mosquitto
                    .extend(list.map(|version| (version, reason.to_owned())));
            }
            "ours" => self.only_ours = Some(rest.to_owned()),
            _ => return Err(format!("unknown key {key}")),
        }
        Ok(())
    }

    fn step(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.starts_with("  ") || line == "or" {
            let step = self.steps.last_mut().ok_or("no step to belong to")?;
            step.patterns.push(line.trim().to_owned());
            return Ok(());
        }
        let mut text = line.trim();
        let mut only = Vec::new();
        let mut only_ours = false;
        while let Some((mark, rest)) = text.split_once("| ") {
            match mark {
                "5" => only.push(Version::V5_0),
                "3" => only.extend([Version::V3_1, Version::V3_1_1]),
                "3.1" => only.push(Version::V3_1),
                "3.1.1" => only.push(Version::V3_1_1),
                "ours" => only_ours = true,
                _ => break,
            }
            text = rest;
        }
        if let Some((from, to)) = repeat(text)? {
            let text = text.split_once(' ').map_or("", |(_, rest)| rest);
            for n in from..=to {
                let text = text.replace('%', &n.to_string());
                self.push(number, text, only.clone(), only_ours);
            }
            return Ok(());
        }
        self.push(number, text.to_owned(), only, only_ours);
        Ok(())
    }

    fn push(&mut self, line: usize, text: String, versions: Vec<Version>, only_ours: bool) {
        let words = text.split(' ').filter(|word| !word.is_empty());
        self.steps.push(Step {
            line,
            words: words.map(str::to_owned).collect(),
            text,
            versions,
            only_ours,
            patterns: Vec::new(),
        });
    }
}

/// `@1..9 ` before a step: it is done that often, with the number for each `%`.
fn repeat(text: &str) -> Result<Option<(u32, u32)>, String> {
    let Some(rest) = text.strip_prefix('@') else {
        return Ok(None);
    };
    let range = rest
        .split(' ')
        .next()
        .and_then(|range| range.split_once(".."));
    let numbers = range.map(|(from, to)| (from.parse(), to.parse()));
    match numbers {
        Some((Ok(from), Ok(to))) => Ok(Some((from, to))),
        _ => Err("not a range".to_owned()),
    }
}

fn versions(text: &str) -> Result<Vec<Version>, String> {
    text.split(' ')
        .map(|word| Version::parse(word).ok_or_else(|| format!("unknown version {word}")))
        .collect()
}

/// `name=value` and bare words as fields.
pub fn fields(words: &[String]) -> Result<Fields, String> {
    let mut fields = Fields::default();
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        fields.0.push((name.to_owned(), bytes_of(value)?));
    }
    Ok(fields)
}

/// What a value stands for: `\s` a space, `\xNN` a byte, `c{9}` nine of c, the rest as it is.
pub fn bytes_of(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = text;
    let wrong = || format!("cannot be read: {text}");
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\\s") {
            bytes.push(b' ');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\\x") {
            let digits = after.get(..2).ok_or_else(wrong)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
            rest = &after[2..];
        } else if let Some(after) = rest.strip_prefix('{')
            && let Some((count, after)) = after.split_once('}')
        {
            let count: usize = count.parse().map_err(|_| wrong())?;
            let last = bytes.pop().ok_or_else(wrong)?;
            bytes.resize(bytes.len() + count, last);
            rest = after;
        } else {
            let (this, after) = rest.split_at(character.len_utf8());
            bytes.extend(this.as_bytes());
            rest = after;
        }
    }
    Ok(bytes)
}

/// A decimal number.
pub fn number_of(text: &[u8]) -> Result<u32, String> {
    let text = String::from_utf8_lossy(text);
    text.parse().map_err(|_| format!("{text} is no number"))
}
