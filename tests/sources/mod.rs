//! The project's own sources, read as tokens: comments are gone, and what a string says is not
//! mistaken for code.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One file, with its path from the project's root, written with `/` on every system.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every file under `folder` with that extension, in order. A folder that is not there is empty.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&root.join(folder), extension, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path).expect("a file that was just listed can be read"),
            path: relative(root, &path),
        })
        .collect()
}

/// A token of Rust, and its line. What stands in brackets follows its `Open`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word(String),
    Literal(String),
    Sign(char),
    Open(char),
    Close(char),
}

impl Token {
    /// Whether this is that word or sign.
    pub(crate) fn is(&self, text: &str) -> bool {
        let mut buffer = [0; 4];
        match &self.kind {
            Kind::Word(word) => word == text,
            Kind::Sign(sign) | Kind::Open(sign) | Kind::Close(sign) => {
                sign.encode_utf8(&mut buffer) == text
            }
            Kind::Literal(_) => false,
        }
    }
}

/// The tokens of a Rust file.
pub(crate) fn tokens(source: &Source) -> Vec<Token> {
    let stream: TokenStream = source
        .text
        .parse()
        .unwrap_or_else(|error| panic!("{} is not Rust: {error}", source.path));
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    tokens
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |kind| tokens.push(Token { kind, line });
        match tree {
            TokenTree::Ident(word) => push(Kind::Word(word.to_string())),
            TokenTree::Literal(literal) => push(Kind::Literal(literal.to_string())),
            TokenTree::Punct(sign) => push(Kind::Sign(sign.as_char())),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ('{', '}'),
                    Delimiter::Bracket => ('[', ']'),
                    Delimiter::Parenthesis | Delimiter::None => ('(', ')'),
                };
                push(Kind::Open(open));
                flatten(group.stream(), tokens);
                tokens.push(Token {
                    kind: Kind::Close(close),
                    line: group.span_close().start().line,
                });
            }
        }
    }
}

fn walk(folder: &Path, extension: &str, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a folder's entries can be read").path();
        if path.is_dir() {
            // What tools write is not the project's.
            if !path.ends_with("target") && !path.ends_with("artifacts") {
                walk(&path, extension, paths);
            }
        } else if path.extension().is_some_and(|own| own == extension) {
            paths.push(path);
        }
    }
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .expect("what was found under the root is under the root")
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}
