//! Holds the layers: each uses only what stands under it, only the topmost know a browser, and
//! the lower ones are deterministic.
//!
//! The compiler alone cannot tell: all layers are modules of one crate. So every path that starts
//! from the crate's root, spelt with `crate::`, the crate's name or a chain of `super::`, is
//! followed to the layer it names.

mod sources;

use sources::{Kind, Source, Token, files, tokens};

/// A layer, and the layers it may use.
struct Layer {
    name: &'static str,
    may_use: &'static [&'static str],
}

/// From the bottom to the top. A module at the crate's root that is not here is a fault.
const LAYERS: &[Layer] = &[
    Layer {
        name: "time",
        may_use: &[],
    },
    Layer {
        name: "random",
        may_use: &[],
    },
    Layer {
        name: "codec",
        may_use: &[],
    },
    Layer {
        name: "client",
        may_use: &["codec", "time"],
    },
    Layer {
        name: "broker",
        may_use: &["codec", "random", "time"],
    },
    Layer {
        name: "network",
        may_use: &["codec", "random", "time"],
    },
    Layer {
        name: "lab",
        may_use: &["network", "broker", "client", "codec", "random", "time"],
    },
    Layer {
        name: "platform",
        may_use: &["lab", "network", "broker", "client", "codec", "time"],
    },
    Layer {
        name: "ui",
        may_use: &["platform", "lab", "client", "codec", "time"],
    },
];

/// The layers that may name a crate which needs a browser.
const IN_THE_BROWSER: &[&str] = &["platform", "ui", "main"];

/// How the names of such crates start.
const BROWSER_CRATES: &[&str] = &[
    "leptos",
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "gloo",
    "reactive_stores",
    "reactive_graph",
    "console_error_panic_hook",
];

/// Words that have no place where everything is a function of commands, bytes, time and seed.
const NOT_DETERMINISTIC: &[&str] = &[
    "async",
    "await",
    "RefCell",
    "Mutex",
    "SystemTime",
    "getrandom",
    "thread_rng",
    "OsRng",
];

#[test]
fn each_layer_uses_only_what_stands_under_it() {
    let sources = files("src", "rs");
    assert!(sources.len() > 5, "the sources were not found");
    let faults: Vec<String> = sources.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn faults(source: &Source) -> Vec<String> {
    let module = module_of(&source.path);
    let own = module.first().map_or("lib", String::as_str);
    let tokens = tokens(source);
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| {
        faults.push(format!("{}:{line}: {what}", source.path));
    };

    let layer = LAYERS.iter().find(|layer| layer.name == own);
    if layer.is_none() && !["lib", "main"].contains(&own) {
        fault(1, format!("`{own}` is no layer"));
    }
    if let Some(layer) = layer {
        for (target, line) in root_names(&tokens, &module) {
            if target != own && !layer.may_use.contains(&target.as_str()) {
                fault(line, format!("`{own}` must not use `{target}`"));
            }
        }
    }
    for token in &tokens {
        let Kind::Word(word) = &token.kind else {
            continue;
        };
        let is_browser = BROWSER_CRATES.iter().any(|name| word.starts_with(name));
        if is_browser && !IN_THE_BROWSER.contains(&own) {
            fault(
                token.line,
                format!("`{own}` must not know the browser's `{word}`"),
            );
        }
        if NOT_DETERMINISTIC.contains(&word.as_str()) && !IN_THE_BROWSER.contains(&own) {
            fault(
                token.line,
                format!("`{own}` is deterministic; `{word}` is not"),
            );
        }
    }
    faults
}

/// The path of the module that a file holds; empty for the crate's root.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if parts
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        parts.pop();
    }
    parts
}

/// What each path from the crate's root names first, with its line. `*` is everything.
fn root_names(tokens: &[Token], module: &[String]) -> Vec<(String, usize)> {
    let mut names = Vec::new();
    // The modules opened within the file, each with the depth of brackets it was opened at.
    let mut inner: Vec<usize> = Vec::new();
    let mut depth = 0;
    // For each bracket that is open, whether it is the group of a path, as in `a::{b, c}`.
    let mut groups: Vec<bool> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Open(_) => {
                let opens_module = *token == brace(token.line)
                    && at >= 2
                    && tokens[at - 2].is("mod")
                    && matches!(tokens[at - 1].kind, Kind::Word(_));
                if opens_module {
                    inner.push(depth);
                }
                depth += 1;
                groups.push(at >= 2 && path_goes_on(tokens, at - 2));
            }
            Kind::Close(_) => {
                depth -= 1;
                groups.pop();
                if inner.last() == Some(&depth) {
                    inner.pop();
                }
            }
            Kind::Word(word) => {
                let level = module.len() + inner.len();
                let follows_path = at >= 2 && tokens[at - 1].is(":") && tokens[at - 2].is(":");
                let is_in_group = groups.last() == Some(&true);
                let start = match word.as_str() {
                    // Allowed by the language, and never needed.
                    "super" if !follows_path && is_in_group => {
                        names.push(("super within braces".to_owned(), token.line));
                        None
                    }
                    "crate" | "mqtt_lab" if !follows_path => Some((at + 1, 0)),
                    "super" if !follows_path || tokens[at - 3].is("self") => {
                        let mut end = at + 1;
                        let mut up = 1;
                        while path_goes_on(tokens, end)
                            && tokens.get(end + 2).is_some_and(|next| next.is("super"))
                        {
                            up += 1;
                            end += 3;
                        }
                        Some((end, level.saturating_sub(up)))
                    }
                    _ => None,
                };
                if let Some((end, 0)) = start {
                    if path_goes_on(tokens, end) {
                        first_names(tokens, end + 2, &mut names);
                    } else if tokens.get(end).is_some_and(|next| next.is("as")) {
                        // The root under another name would hide what is used of it.
                        names.push(("*".to_owned(), token.line));
                    }
                }
            }
            Kind::Literal(_) | Kind::Sign(_) => {}
        }
        at += 1;
    }
    names
}

/// The name at `at`, or each first name of the group that starts there.
fn first_names(tokens: &[Token], at: usize, names: &mut Vec<(String, usize)>) {
    let Some(token) = tokens.get(at) else {
        return;
    };
    match &token.kind {
        Kind::Word(word) => names.push((word.clone(), token.line)),
        Kind::Sign('*') => names.push(("*".to_owned(), token.line)),
        Kind::Open('{') => {
            let mut depth = 0;
            let mut is_first = true;
            for token in &tokens[at..] {
                match &token.kind {
                    Kind::Open(_) => depth += 1,
                    Kind::Close(_) => depth -= 1,
                    Kind::Sign(',') if depth == 1 => is_first = true,
                    Kind::Word(word) if depth == 1 && is_first => {
                        // `self` here is the root itself.
                        let name = if word == "self" { "*" } else { word };
                        names.push((name.to_owned(), token.line));
                        is_first = false;
                    }
                    Kind::Sign('*') if depth == 1 && is_first => {
                        names.push(("*".to_owned(), token.line));
                        is_first = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn path_goes_on(tokens: &[Token], at: usize) -> bool {
    let is_colon = |at: usize| tokens.get(at).is_some_and(|token| token.is(":"));
    is_colon(at) && is_colon(at + 1)
}

fn brace(line: usize) -> Token {
    Token {
        kind: Kind::Open('{'),
        line,
    }
}

/// The faults of a file at `path` that holds `text`.
fn faults_of(path: &str, text: &str) -> Vec<String> {
    faults(&Source {
        path: path.to_owned(),
        text: text.to_owned(),
    })
}

#[test]
fn what_is_allowed_is_no_fault() {
    for (path, text) in [
        (
            "src/time.rs",
            "use core::time::Duration; pub(crate) fn f() {}",
        ),
        (
            "src/client/mod.rs",
            "use crate::codec::{Packet, topic::{self, Filter}}; use crate::time;",
        ),
        (
            "src/client/session.rs",
            "use super::state::State; use super::super::codec::Packet;",
        ),
        (
            "src/client/session.rs",
            "mod tests { use super::*; use super::super::Client; }",
        ),
        ("src/codec/mod.rs", "mod tests { use super::*; }"),
        (
            "src/codec/mod.rs",
            "// use crate::lab;\n/// [`crate::lab`]\nconst A: &str = \"crate::ui leptos\";",
        ),
        (
            "src/lab/view.rs",
            "use crate::{client::Client, codec, time::Instant};",
        ),
        (
            "src/ui/mod.rs",
            "use leptos::prelude::*; use crate::{lab, platform}; async fn f() {}",
        ),
        (
            "src/main.rs",
            "use mqtt_lab::ui; fn main() { leptos::mount::mount_to_body(ui::App); }",
        ),
        (
            "src/lib.rs",
            "pub mod time; #[cfg(target_arch = \"wasm32\")] pub mod ui;",
        ),
    ] {
        assert_eq!(
            faults_of(path, text),
            Vec::<String>::new(),
            "{path}: {text}"
        );
    }
}

#[test]
fn what_is_forbidden_is_a_fault() {
    for (path, text) in [
        ("src/time.rs", "use crate::codec::Packet;"),
        (
            "src/codec/mod.rs",
            "fn f() -> crate::time::Instant { todo }",
        ),
        ("src/client/mod.rs", "use crate::lab::Lab;"),
        (
            "src/client/mod.rs",
            "use crate::{codec::{lab, ui}, time, broker::Broker};",
        ),
        ("src/client/mod.rs", "use super::lab;"),
        ("src/client/session.rs", "use super::super::lab;"),
        ("src/client/session.rs", "use super::{super::lab};"),
        ("src/client/session.rs", "use self::super::super::lab;"),
        (
            "src/client/session.rs",
            "mod tests { use super::super::super::network; }",
        ),
        (
            "src/client/mod.rs",
            "mod a { mod b {} } use super::broker::Broker;",
        ),
        ("src/client/mod.rs", "use crate::*;"),
        ("src/client/mod.rs", "use crate::{self as root};"),
        ("src/client/mod.rs", "use crate as root;"),
        ("src/client/mod.rs", "use mqtt_lab::lab::Lab;"),
        (
            "src/client/mod.rs",
            "macro_rules! m { () => { $crate::lab::f() } }",
        ),
        ("src/broker/mod.rs", "use crate::client::Client;"),
        ("src/lab/mod.rs", "use crate::platform::socket;"),
        ("src/platform/mod.rs", "use crate::ui::App;"),
        ("src/lab/mod.rs", "use wasm_bindgen::JsValue;"),
        (
            "src/lab/mod.rs",
            "fn f() { gloo_timers::callback::Timeout::new(1, g).forget() }",
        ),
        ("src/lib.rs", "pub use leptos;"),
        ("src/lab/mod.rs", "async fn f() {}"),
        ("src/client/mod.rs", "use std::cell::RefCell;"),
        ("src/shortcuts.rs", "fn f() {}"),
    ] {
        assert!(!faults_of(path, text).is_empty(), "{path}: {text}");
    }
}

#[test]
fn a_fault_names_its_place() {
    assert_eq!(
        faults_of(
            "src/codec/topic.rs",
            "//! Topics.\n\nuse crate::{\n    lab::Lab,\n};\n"
        ),
        ["src/codec/topic.rs:4: `codec` must not use `lab`"]
    );
}
