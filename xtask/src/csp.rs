//! The built page's Content Security Policy.
//!
//! `index.html` states the policy, with [`PLACEHOLDER`] where its inline scripts must be named.
//! trunk writes those scripts (the loader; while serving, the reloader too) and calls
//! `cargo xtask finish` after every build. A page that is left to a static host names them by their
//! hash. A page that trunk serves names them by a nonce, because trunk writes the server's address
//! into the reloader, and a fresh nonce everywhere, as late as each request.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::report::{Failure, Outcome};

/// Stands in `index.html`'s policy for the inline scripts that may run.
const PLACEHOLDER: &str = "{{INLINE_SCRIPTS}}";
/// What trunk's server replaces by a nonce, wherever it stands in the page.
const TRUNK_NONCE: &str = "{{__TRUNK NONCE__}}";
/// What trunk's server replaces in the reloader, which only a served page has.
const TRUNK_ADDRESS: &str = "{{__TRUNK_ADDRESS__}}";

/// Completes the policy of the page that trunk has just built in `staging`.
pub(crate) fn finish_page(staging: &Path) -> Outcome<()> {
    let path = staging.join("index.html");
    let page = finish(&read(&path)?)?;
    fs::write(&path, page)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}

/// Fails, with every reason, unless the finished page at `path` is guarded by a strict policy
/// that lets its own scripts run.
pub(crate) fn check_page(path: &Path) -> Outcome<()> {
    let faults = faults(&read(path)?);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{}: {}",
            path.display(),
            faults.join("; ")
        )))
    }
}

/// Whether trunk serves this page while it is being worked on.
pub(crate) fn is_served_by_trunk(page: &str) -> bool {
    page.contains(TRUNK_ADDRESS)
}

fn finish(page: &str) -> Outcome<String> {
    if !page.contains(PLACEHOLDER) {
        return Err(Failure::new(format!(
            "index.html needs a Content-Security-Policy with {PLACEHOLDER} in its script-src"
        )));
    }
    if is_served_by_trunk(page) {
        let source = format!("'nonce-{TRUNK_NONCE}'");
        return Ok(page.replace(PLACEHOLDER, &source));
    }
    let page = page.replace(&format!(" nonce=\"{TRUNK_NONCE}\""), "");
    if page.contains(TRUNK_NONCE) {
        return Err(Failure::new(
            "a nonce was written in a form that `csp` does not know",
        ));
    }
    let hashes: Vec<String> = inline_scripts(&page).into_iter().map(source_hash).collect();
    Ok(page.replace(PLACEHOLDER, &hashes.join(" ")))
}

fn faults(page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lower = page.to_ascii_lowercase();
    let Some((at, policy)) = policy(page) else {
        return vec!["it has no Content-Security-Policy".to_owned()];
    };
    let first_load = ["<script", "<link"]
        .iter()
        .filter_map(|tag| lower.find(tag))
        .min();
    if first_load.is_some_and(|load| load < at) {
        faults.push("the policy stands after something it should guard".to_owned());
    }
    let directive = |name: &str| {
        policy
            .split(';')
            .filter_map(|directive| directive.trim().strip_prefix(name))
            .find_map(|sources| sources.strip_prefix(' '))
    };
    for (name, wanted) in [
        ("default-src", "'none'"),
        ("style-src", "'self'"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
    ] {
        if directive(name) != Some(wanted) {
            faults.push(format!("{name} must be {wanted}"));
        }
    }
    for weak in [
        "'unsafe-inline'",
        "'unsafe-eval'",
        "*",
        "http:",
        "https:",
        "{{",
    ] {
        if policy
            .split([' ', ';'])
            .any(|source| source.starts_with(weak))
        {
            faults.push(format!("the policy must not hold {weak}"));
        }
    }
    let scripts = directive("script-src").unwrap_or_default();
    for source in scripts.split(' ') {
        let is_own = ["'self'", "'wasm-unsafe-eval'"].contains(&source);
        if !is_own && !source.starts_with("'sha256-") {
            faults.push(format!("script-src must not hold {source}"));
        }
    }
    for script in inline_scripts(page) {
        let hash = source_hash(script);
        if !scripts.split(' ').any(|source| source == hash) {
            faults.push(format!("script-src lacks {hash} of an inline script"));
        }
    }
    for (words, why) in [
        (" style=", "a style attribute, which the policy blocks"),
        ("<style", "an inline style sheet, which the policy blocks"),
        ("=\"http", "an address on another origin"),
        ("=http", "an address on another origin"),
        ("=\"//", "an address on another origin"),
        ("=//", "an address on another origin"),
    ] {
        if markup(&lower).contains(words) {
            faults.push(format!("the page holds {why}"));
        }
    }
    faults
}

/// Where the policy's element starts, and the policy.
fn policy(page: &str) -> Option<(usize, &str)> {
    let lower = page.to_ascii_lowercase();
    let name = lower.find("content-security-policy")?;
    let start = lower[..name].rfind("<meta")?;
    let content = start + lower[start..].find("content=\"")? + "content=\"".len();
    let end = content + page[content..].find('"')?;
    Some((start, &page[content..end]))
}

/// The page without what its inline scripts say.
fn markup(page: &str) -> String {
    inline_scripts(page)
        .into_iter()
        .filter(|script| !script.is_empty())
        .fold(page.to_owned(), |page, script| page.replace(script, ""))
}

/// The text of each script that is written in the page itself.
fn inline_scripts(page: &str) -> Vec<&str> {
    // Same length as the page, so that places found in one hold in the other.
    let lower = page.to_ascii_lowercase();
    let mut scripts = Vec::new();
    let mut from = 0;
    while let Some(found) = lower[from..].find("<script") {
        let tag = from + found;
        let Some(tag_end) = lower[tag..].find('>').map(|end| tag + end) else {
            break;
        };
        let Some(end) = lower[tag_end..].find("</script").map(|end| tag_end + end) else {
            break;
        };
        if !lower[tag..tag_end].contains(" src=") {
            scripts.push(&page[tag_end + 1..end]);
        }
        from = end;
    }
    scripts
}

/// How a policy names an inline script. A browser hashes what it parsed, with plain line ends.
fn source_hash(script: &str) -> String {
    let digest = Sha256::digest(script.replace("\r\n", "\n"));
    format!("'sha256-{}'", STANDARD.encode(digest))
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<head><meta http-equiv=\"Content-Security-Policy\" content=\"\
        default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {{INLINE_SCRIPTS}}; \
        style-src 'self'; base-uri 'none'; form-action 'none'\">";

    fn built(script: &str) -> String {
        format!(
            "{HEAD}<link rel=\"modulepreload\" href=\"./a.js\" nonce=\"{TRUNK_NONCE}\"></head>\
             <body><script type=\"module\" nonce=\"{TRUNK_NONCE}\">{script}</script></body>"
        )
    }

    #[test]
    fn a_static_page_names_its_scripts_by_hash() {
        let page = finish(&built("alert(1)")).expect("the page has a policy");
        // `printf 'alert(1)' | openssl dgst -sha256 -binary | base64`
        assert!(
            page.contains("'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"),
            "{page}"
        );
        assert!(!page.contains("nonce"));
        assert_eq!(faults(&page), Vec::<String>::new());
    }

    #[test]
    fn a_served_page_names_its_scripts_by_nonce() {
        let page = finish(&built("const a = '{{__TRUNK_ADDRESS__}}';")).expect("it has a policy");
        assert!(page.contains("'wasm-unsafe-eval' 'nonce-{{__TRUNK NONCE__}}';"));
        assert!(page.contains("<script type=\"module\" nonce=\"{{__TRUNK NONCE__}}\">"));
    }

    #[test]
    fn a_page_without_a_policy_is_refused() {
        assert!(finish("<head></head>").is_err());
        assert!(!faults("<head></head>").is_empty());
    }

    #[test]
    fn line_ends_do_not_change_the_hash() {
        assert_eq!(source_hash("a\r\nb"), source_hash("a\nb"));
    }

    #[test]
    fn every_weakness_is_a_fault() {
        let good = finish(&built("alert(1)")).expect("the page has a policy");
        for (from, to) in [
            ("alert(1)", "alert(2)"),
            ("'wasm-unsafe-eval'", "'unsafe-eval'"),
            ("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
            ("default-src 'none'", "default-src *"),
            ("base-uri 'none'; ", ""),
            ("script-src 'self'", "script-src 'self' data:"),
            ("<body>", "<body style=\"margin:0\">"),
            ("<body>", "<body><style>p{}</style>"),
            ("./a.js", "https://elsewhere.example/a.js"),
            ("<head>", "<head><script src=\"./early.js\"></script>"),
            ("<body>", "<body><script>more()</script>"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from} is not in the page");
            assert_ne!(faults(&bad), Vec::<String>::new(), "{from} -> {to}");
        }
    }
}
