//! Guards of the source tree: rules that no compiler and no lint holds.

mod sources;

use std::fs;
use std::path::Path;

use sources::{Kind, Source, Token, files, tokens};

/// A file longer than this does more than one thing.
const LINES: usize = 700;

#[test]
fn no_file_is_too_long() {
    let sources = files("src", "rs");
    assert!(!sources.is_empty(), "the sources were not found");
    holds(
        sources
            .iter()
            .filter(|source| !is_short(source))
            .map(|source| {
                format!(
                    "{} has {} lines; {LINES} is the limit",
                    source.path,
                    source.text.lines().count()
                )
            }),
    );
}

#[test]
fn no_component_sets_a_colour_or_a_style_attribute() {
    // The Content Security Policy blocks style attributes, and a colour that is not a token does
    // not follow the light and the dark theme.
    let components = files("src/ui", "rs");
    holds(components.iter().flat_map(style_faults));
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html"))
        .expect("there is a page");
    assert!(
        !page.contains(" style=") && !page.contains("<style"),
        "index.html"
    );
}

#[test]
fn the_readme_names_the_oldest_rust_that_will_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |path| fs::read_to_string(root.join(path)).expect("it is there");
    // The commands are xtask, and it takes a newer one than the lab does.
    for (manifest, words) in [
        ("xtask/Cargo.toml", "with Rust {} or newer"),
        ("Cargo.toml", "content with Rust {}."),
    ] {
        let manifest = text(manifest);
        let (_, version) = manifest.split_once("rust-version = \"").expect("it says");
        let (version, _) = version.split_once('"').expect("a text ends");
        let words = words.replace("{}", version);
        assert!(text("README.md").contains(&words), "{words}");
    }
}

#[test]
fn every_view_is_drawn_by_our_macro() {
    // The one of leptos has the same name and notation, and costs a fifth of the download.
    let components = files("src/ui", "rs");
    let has_view = |source: &&Source| source.text.contains("view! {");
    let ours = "use crate::ui::element::view;";
    assert!(components.iter().any(|source| has_view(&source)));
    holds(
        components
            .iter()
            .filter(has_view)
            .filter(|source| !source.text.contains(ours))
            .map(|source| format!("{} lacks `{ours}`", source.path)),
    );
}

#[test]
fn nothing_is_left_for_later() {
    let sources: Vec<Source> = ["src", "tests", "broker-server", "xtask", "bench", "fuzz"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .collect();
    holds(sources.iter().flat_map(unfinished));
}

#[test]
fn every_invariant_names_a_check_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Without the document there is nothing to hold it to.
    let Ok(document) = fs::read_to_string(root.join("ARCHITECTURE.md")) else {
        return;
    };
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    holds(invariant_faults(&document, &read).into_iter());
}

/// Fails with all the faults, if there are any.
fn holds(faults: impl Iterator<Item = String>) {
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn is_short(source: &Source) -> bool {
    source.text.lines().count() <= LINES
}

fn style_faults(source: &Source) -> Vec<String> {
    let tokens = tokens(source);
    let mut faults = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let what = match &token.kind {
            Kind::Literal(text) if names_colour(text) => "a colour belongs into style/tokens.css",
            Kind::Word(word) if word == "style" && sets_attribute(&tokens, at) => {
                "the policy blocks style attributes; use a class or `style:property=`"
            }
            _ => continue,
        };
        faults.push(format!("{}:{}: {what}", source.path, token.line));
    }
    faults
}

/// Whether the `style` at `at` is an attribute that gets a value as a whole.
fn sets_attribute(tokens: &[Token], at: usize) -> bool {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.is(text));
    let is_literal = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| matches!(token.kind, Kind::Literal(_)))
    };
    let before = |text: &str| at > 0 && is(at - 1, text);
    let is_assigned = is(at + 1, "=") && !is(at + 2, "=") && !is(at + 2, ">");
    let is_variable = ["let", "mut", ".", ":", "*"]
        .iter()
        .any(|word| before(word));
    let is_method = before(".") && is(at + 1, "(") && is_literal(at + 2);
    (is_assigned && !is_variable) || is_method
}

/// Whether a string holds a colour: `#` with 3, 4, 6 or 8 hexadecimal digits, or a function.
fn names_colour(literal: &str) -> bool {
    if !literal.contains('"') {
        return false;
    }
    let functions = [
        "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lch(", "oklch(", "oklab(",
    ];
    let is_hex = |(at, _): (usize, &str)| {
        let digits = literal[at + 1..]
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .count();
        let after = literal[at + 1 + digits..].chars().next();
        // `&#39;` is a character; `#add-ons` is a place in the page.
        !literal[..at].ends_with('&')
            && matches!(digits, 3 | 4 | 6 | 8)
            && !after.is_some_and(|next| next.is_alphanumeric() || next == '-' || next == '_')
    };
    functions.iter().any(|function| literal.contains(function))
        || literal.match_indices('#').any(is_hex)
}

fn unfinished(source: &Source) -> Vec<String> {
    let tokens = tokens(source);
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.is(text));
    let mut faults = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let what = match &token.kind {
            Kind::Word(word) if word == "todo" || word == "unimplemented" => {
                is(at + 1, "!").then(|| format!("`{word}!`"))
            }
            Kind::Word(word) if word == "ignore" || word == "should_panic" => {
                (at >= 2 && is(at - 1, "[") && is(at - 2, "#")).then(|| format!("`#[{word}]`"))
            }
            // A line of documentation is the literal of a `doc = "..."` by now.
            Kind::Literal(text)
                if (at >= 2 && is(at - 1, "=") && is(at - 2, "doc"))
                    && text.trim_start_matches('"').trim().starts_with("```ignore") =>
            {
                Some("an example that is not run".to_owned())
            }
            _ => None,
        };
        faults.extend(what.map(|what| format!("{}:{}: {what}", source.path, token.line)));
    }
    faults
}

/// What is wrong with the invariants of the document.
///
/// Under a heading with "invariants" each numbered item ends in `Held by:` and at least one
/// `path::name` in backticks: a function `name` in a Rust file, or the word `name` in another.
fn invariant_faults(document: &str, read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let items = invariants(document);
    if items.is_empty() {
        return vec!["ARCHITECTURE.md lists no invariants".to_owned()];
    }
    let mut faults = Vec::new();
    for item in items {
        let start: String = item.chars().take(60).collect();
        let Some((_, checks)) = item.split_once("Held by:") else {
            faults.push(format!("\"{start}…\" does not say what it is held by"));
            continue;
        };
        let mut checks = checks.split('`').skip(1).step_by(2).peekable();
        if checks.peek().is_none() {
            faults.push(format!("\"{start}…\" names no check"));
        }
        faults.extend(
            checks
                .filter(|check| !exists(check, read))
                .map(|check| format!("\"{start}…\" is held by `{check}`, which does not exist")),
        );
    }
    faults
}

/// The numbered items under the heading with "invariants", each as one line.
fn invariants(document: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in document.lines() {
        if line.starts_with('#') {
            is_inside = line.to_lowercase().contains("invariants");
        } else if is_inside {
            let number = line.bytes().take_while(u8::is_ascii_digit).count();
            if number > 0 && line[number..].starts_with(". ") {
                items.push(line[number + 2..].to_owned());
            } else if let Some(item) = items.last_mut()
                && line.starts_with(' ')
            {
                item.push(' ');
                item.push_str(line.trim());
            }
        }
    }
    items
}

fn exists(check: &str, read: &dyn Fn(&str) -> Option<String>) -> bool {
    let Some((path, name)) = check.split_once("::") else {
        return false;
    };
    let wanted = if path.ends_with(".rs") {
        format!("fn {name}")
    } else {
        name.to_owned()
    };
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    read(path).is_some_and(|text| {
        text.match_indices(&wanted).any(|(at, _)| {
            !text[..at].ends_with(is_word) && !text[at + wanted.len()..].starts_with(is_word)
        })
    })
}

fn rust(text: &str) -> Source {
    Source {
        path: "src/ui/x.rs".to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn a_long_file_is_found() {
    assert!(is_short(&rust(&"\n".repeat(LINES))));
    assert!(!is_short(&rust(&"\n".repeat(LINES + 1))));
}

#[test]
fn colours_and_style_attributes_are_found() {
    for text in [
        r##"const A: &str = "#fff";"##,
        r##"const A: &str = "border: 1px solid #0b6e99";"##,
        r##"const A: &str = "rgb(0 0 0)";"##,
        r##"fn f() { view! { <p style="top: 0"/> } }"##,
        r##"fn f() { view! { <p style=move || top.get()/> } }"##,
        r##"fn f() { p().style("top: 0") }"##,
    ] {
        assert_eq!(style_faults(&rust(text)).len(), 1, "{text}");
    }
    for text in [
        "// #fff\nfn f() {}",
        r##"const A: &str = "testtopic/#";"##,
        r##"const A: &str = "#add-client";"##,
        r##"const A: &str = "&#39;";"##,
        r##"fn f() { view! { <p style:top=move || top.get() class="style"/> } }"##,
        r##"fn f() { let style = "bold"; if style == "x" { p().style(("top", top)) } }"##,
        r##"fn f() { match a { style => 1 } }"##,
    ] {
        assert_eq!(style_faults(&rust(text)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_is_unfinished_is_found() {
    for text in [
        "fn f() { todo!() }",
        "fn f() { unimplemented!(\"soon\") }",
        "#[test]\n#[ignore = \"slow\"]\nfn f() {}",
        "#[test]\n#[should_panic]\nfn f() {}",
        "/// ```ignore\n/// f()\n/// ```\nfn f() {}",
    ] {
        assert_eq!(unfinished(&rust(text)).len(), 1, "{text}");
    }
    for text in [
        "// todo!()\nfn todo() { todo(); }",
        "const A: &str = \"todo!()\";",
    ] {
        assert_eq!(unfinished(&rust(text)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn invariants_are_held_to_their_checks() {
    let read = |path: &str| match path {
        "tests/a.rs" => Some("#[test]\nfn holds_a() {}\n".to_owned()),
        "Cargo.toml" => Some("unsafe_code = \"forbid\"\n".to_owned()),
        _ => None,
    };
    let document = |checks: &str| {
        format!("# Design\n1. not this\n\n## Invariants\n\n1. First\n   thing. Held by: {checks}\n")
    };
    let faults = |checks: &str| invariant_faults(&document(checks), &read);
    assert_eq!(
        faults("`tests/a.rs::holds_a`, `Cargo.toml::unsafe_code`."),
        Vec::<String>::new()
    );
    for wrong in [
        "review.",
        "`tests/a.rs`",
        "`tests/a.rs::holds`",
        "`tests/a.rs::holds_a`, `tests/b.rs::holds_a`",
        "`Cargo.toml::missing_docs`",
    ] {
        assert_eq!(faults(wrong).len(), 1, "{wrong}");
    }
    assert_eq!(
        invariant_faults("## Invariants\n1. Nothing said.\n", &read).len(),
        1
    );
    assert_eq!(invariant_faults("# Design\n", &read).len(), 1);
}
