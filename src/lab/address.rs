//! Where a broker listens: building the WebSocket URL, checking what is typed into Host, Port and
//! Path, and taking apart a whole URL that was pasted into Host.

use core::net::{Ipv4Addr, Ipv6Addr};

/// The path that most brokers use for MQTT over WebSocket.
pub const DEFAULT_PATH: &str = "/mqtt";

/// Where a broker's WebSocket listener is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Whether the connection is inside TLS (`wss`).
    pub tls: bool,
    /// A name, an IPv4 address, or an IPv6 address with or without brackets.
    pub host: String,
    /// 1 to 65,535.
    pub port: u16,
    /// The path on the host. A missing first slash is added.
    pub path: String,
}

impl Address {
    /// The URL to open: `wss://broker.hivemq.com:8884/mqtt`.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "wss://" } else { "ws://" };
        let host = self.host.trim();
        let is_bare_ipv6 = host.contains(':') && !host.starts_with('[');
        let (open, close) = if is_bare_ipv6 { ("[", "]") } else { ("", "") };
        let path = self.path.trim();
        let slash = if path.starts_with('/') { "" } else { "/" };
        let port = self.port.to_string();
        [scheme, open, host, close, ":", &port, slash, path].concat()
    }
}

/// Checks the Host field: a name, an IPv4 address or an IPv6 address. Spaces around it are no
/// fault.
///
/// # Errors
///
/// The first fault. A pasted URL is one of them; see [`take_apart`].
pub fn check_host(text: &str) -> Result<(), HostError> {
    let host = text.trim();
    if host.is_empty() {
        return Err(HostError::Empty);
    }
    if take_apart(host).is_some() {
        return Err(HostError::WholeAddress);
    }
    if host.contains(char::is_whitespace) {
        return Err(HostError::Space);
    }
    let unbracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if unbracketed.is_some() || host.contains(':') {
        return match unbracketed.unwrap_or(host).parse::<Ipv6Addr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(HostError::Ipv6),
        };
    }
    if let Some(character) = host.chars().find(|&c| !may_stand_in_host(c)) {
        return Err(HostError::Character { character });
    }
    // One dot may end a name, which then is not looked up under the local domain.
    let labels = host.strip_suffix('.').unwrap_or(host);
    if labels.split('.').any(str::is_empty) {
        return Err(HostError::EmptyLabel);
    }
    let last = labels.rsplit('.').next().unwrap_or(labels);
    if last.bytes().all(|byte| byte.is_ascii_digit()) && labels.parse::<Ipv4Addr>().is_err() {
        return Err(HostError::Ipv4);
    }
    Ok(())
}

/// Why the Host field cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostError {
    /// Nothing is typed.
    Empty,
    /// A URL, or a host with its port or path, which [`take_apart`] can distribute.
    WholeAddress,
    /// A space inside.
    Space,
    /// A character that no host name has.
    Character {
        /// The first such.
        character: char,
    },
    /// Two dots in a row, or one at the beginning.
    EmptyLabel,
    /// Looks like an IPv4 address, but is none.
    Ipv4,
    /// Looks like an IPv6 address, but is none.
    Ipv6,
}

impl HostError {
    /// What is wrong and what is allowed.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "Type the broker's host, for example broker.hivemq.com.",
            Self::WholeAddress => {
                "This is a whole address. Host takes only the name; port, path and SSL have their \
                 own fields."
            }
            Self::Space => "A host has no spaces inside.",
            Self::Character { .. } => {
                "This character cannot stand in a host. Letters, digits, hyphens and dots can."
            }
            Self::EmptyLabel => "Between two dots of a host there must be a name.",
            Self::Ipv4 => "An IPv4 address is four numbers from 0 to 255, such as 192.168.1.20.",
            Self::Ipv6 => "This is not a complete IPv6 address, such as ::1 or [2001:db8::5].",
        }
    }
}

/// Reads the Port field.
///
/// # Errors
///
/// What keeps the text from being a port.
pub fn parse_port(text: &str) -> Result<u16, PortError> {
    let digits = text.trim();
    if digits.is_empty() {
        return Err(PortError::Empty);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PortError::NotANumber);
    }
    match digits.trim_start_matches('0') {
        "" => Err(PortError::Zero),
        digits => digits.parse().map_err(|_| PortError::TooLarge),
    }
}

/// Why the Port field cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortError {
    /// Nothing is typed.
    Empty,
    /// Something other than digits.
    NotANumber,
    /// 0.
    Zero,
    /// More than 65,535.
    TooLarge,
}

impl PortError {
    /// What is wrong and what is allowed.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "Type the port of the broker's WebSocket listener, for example 8884.",
            Self::NotANumber => "A port is a whole number from 1 to 65535.",
            Self::Zero => "Port 0 cannot be connected to. Ports go from 1 to 65535.",
            Self::TooLarge => "Ports end at 65535.",
        }
    }
}

/// Checks the Path field. An empty one stands for `/`, and a missing first slash is added.
///
/// # Errors
///
/// The first character that cannot stand in a path.
pub fn check_path(text: &str) -> Result<(), PathError> {
    for character in text.trim().chars() {
        if character == '#' {
            return Err(PathError::Fragment);
        }
        if character.is_whitespace() || character.is_control() {
            return Err(PathError::Space);
        }
        if character == '\\' {
            return Err(PathError::Backslash);
        }
    }
    Ok(())
}

/// Why the Path field cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// `#`, which a WebSocket URL must not have.
    Fragment,
    /// A space or a control character.
    Space,
    /// `\`.
    Backslash,
}

impl PathError {
    /// What is wrong and what is allowed.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Fragment => "A WebSocket path must not have a # in it. Most brokers use /mqtt.",
            Self::Space => "A path has no spaces inside. Most brokers use /mqtt.",
            Self::Backslash => "A path has forward slashes, as in /mqtt.",
        }
    }
}

/// The parts of an address that was pasted into Host. What it does not name is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastedAddress {
    /// The kind of address, by its scheme.
    pub scheme: PastedScheme,
    /// The host alone.
    pub host: String,
    /// The port, unless it belongs to a scheme that a browser cannot speak.
    pub port: Option<u16>,
    /// The path with its query, unless there is none but `/`.
    pub path: Option<String>,
    /// What stood before the `@`, as it stood there.
    pub username: Option<String>,
    /// What stood between `:` and `@`, as it stood there.
    pub password: Option<String>,
}

impl PastedAddress {
    /// What the SSL box is to become, `None` where the address does not say.
    pub const fn tls(&self) -> Option<bool> {
        match self.scheme {
            PastedScheme::None | PastedScheme::Other => None,
            PastedScheme::Web { tls } | PastedScheme::PlainMqtt { tls } => Some(tls),
        }
    }

    /// What to tell the user after the fields have been filled in.
    pub const fn words(&self) -> &'static str {
        match self.scheme {
            PastedScheme::None | PastedScheme::Web { .. } => {
                "The address was taken apart into its fields."
            }
            PastedScheme::PlainMqtt { .. } => {
                "The address is for MQTT without WebSocket, which a browser cannot speak. The host \
                 was kept; look up the port of the broker's WebSocket listener."
            }
            PastedScheme::Other => {
                "The address is of another kind, so only the host was kept. A browser speaks MQTT \
                 over ws:// or wss://."
            }
        }
    }
}

/// What the beginning of a pasted address says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastedScheme {
    /// No scheme: `host:port/path`.
    None,
    /// `ws`, `wss`, `http` or `https`: ports and paths mean what they mean here.
    Web {
        /// Whether it is inside TLS.
        tls: bool,
    },
    /// `mqtt`, `mqtts`, `tcp`, `ssl` or `tls`: MQTT without WebSocket.
    PlainMqtt {
        /// Whether it is inside TLS.
        tls: bool,
    },
    /// Any other.
    Other,
}

/// Takes apart an address that was typed or pasted where only a host belongs.
///
/// `None` where `text` has neither scheme, port nor path: then it is a host, or no address.
pub fn take_apart(text: &str) -> Option<PastedAddress> {
    let text = text.trim();
    // A scheme has no colon in itself.
    let scheme = text.split_once(':');
    let scheme = scheme.and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
    let (scheme, rest) = match scheme {
        Some((scheme, rest)) if is_scheme(scheme) => (known_scheme(scheme), rest),
        _ => (PastedScheme::None, text),
    };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(authority_end).unwrap_or((rest, ""));
    let (user, host_and_port) = match authority.rsplit_once('@') {
        Some((user, host_and_port)) => (Some(user), host_and_port),
        None => (None, authority),
    };
    let (host, port) = split_port(host_and_port);
    let has_more = !path.is_empty() || port.is_some() || user.is_some();
    if host.is_empty() || (scheme == PastedScheme::None && !has_more) {
        return None;
    }

    let is_web = matches!(scheme, PastedScheme::None | PastedScheme::Web { .. });
    let (username, password) = match user {
        Some(user) => match user.split_once(':') {
            Some((name, password)) => (Some(name), Some(password)),
            None => (Some(user), None),
        },
        None => (None, None),
    };
    let path = path.split('#').next().unwrap_or(path);
    let default_port = match scheme {
        PastedScheme::Web { tls: true } => Some(443),
        PastedScheme::Web { tls: false } => Some(80),
        _ => None,
    };
    Some(PastedAddress {
        scheme,
        host: host.to_owned(),
        port: match port {
            Some(port) => port.parse().ok().filter(|&port| is_web && port > 0),
            None => default_port,
        },
        path: (is_web && !matches!(path, "" | "/")).then(|| with_slash(path)),
        username: username.map(str::to_owned),
        password: password.map(str::to_owned),
    })
}

fn may_stand_in_host(character: char) -> bool {
    // Letters beyond ASCII are for the browser, which knows international domain names.
    character.is_alphanumeric() || matches!(character, '-' | '.' | '_')
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn known_scheme(scheme: &str) -> PastedScheme {
    const KNOWN: [(&str, PastedScheme); 9] = [
        ("ws", PastedScheme::Web { tls: false }),
        ("wss", PastedScheme::Web { tls: true }),
        ("http", PastedScheme::Web { tls: false }),
        ("https", PastedScheme::Web { tls: true }),
        ("mqtt", PastedScheme::PlainMqtt { tls: false }),
        ("tcp", PastedScheme::PlainMqtt { tls: false }),
        ("mqtts", PastedScheme::PlainMqtt { tls: true }),
        ("ssl", PastedScheme::PlainMqtt { tls: true }),
        ("tls", PastedScheme::PlainMqtt { tls: true }),
    ];
    let mut known = KNOWN.iter();
    known
        .find(|(name, _)| name.eq_ignore_ascii_case(scheme))
        .map_or(PastedScheme::Other, |&(_, known)| known)
}

/// The host and, after its last colon, the port. A bare IPv6 address has colons but no port.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let split = if let Some(inside) = text.strip_prefix('[') {
        match inside.find(']') {
            Some(end) => text.split_at(end + 2),
            None => (text, ""),
        }
    } else if text.matches(':').count() == 1 {
        text.split_at(text.find(':').unwrap_or(text.len()))
    } else {
        (text, "")
    };
    match split.1.strip_prefix(':') {
        Some(port) => (split.0, Some(port)),
        None => (text, None),
    }
}

fn with_slash(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        ["/", path].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(tls: bool, host: &str, port: u16, path: &str) -> String {
        let (host, path) = (host.to_owned(), path.to_owned());
        Address {
            tls,
            host,
            port,
            path,
        }
        .url()
    }

    #[test]
    fn urls() {
        assert_eq!(
            url(true, "broker.hivemq.com", 8884, "/mqtt"),
            "wss://broker.hivemq.com:8884/mqtt"
        );
        assert_eq!(
            url(false, " localhost ", 9001, "mqtt"),
            "ws://localhost:9001/mqtt"
        );
        assert_eq!(url(false, "::1", 8083, ""), "ws://[::1]:8083/");
        assert_eq!(
            url(true, "[2001:db8::5]", 1, "/a?b=c"),
            "wss://[2001:db8::5]:1/a?b=c"
        );
    }

    #[test]
    fn hosts() {
        for host in [
            "broker.hivemq.com",
            "localhost",
            "a",
            " spaced.example ",
            "192.168.1.20",
            "::1",
            "[::1]",
            "[2001:db8::5]",
            "host_name-1.local",
            "example.org.",
            "bücher.example",
            "1and1.com",
        ] {
            assert_eq!(check_host(host), Ok(()), "{host}");
        }
        for (host, error) in [
            ("", HostError::Empty),
            ("  ", HostError::Empty),
            ("wss://x:8884/mqtt", HostError::WholeAddress),
            ("x:8884", HostError::WholeAddress),
            ("x/mqtt", HostError::WholeAddress),
            ("broker hivemq.com", HostError::Space),
            ("a,b", HostError::Character { character: ',' }),
            ("a%20b", HostError::Character { character: '%' }),
            (
                "a\u{202e}b",
                HostError::Character {
                    character: '\u{202e}',
                },
            ),
            ("a..b", HostError::EmptyLabel),
            (".a", HostError::EmptyLabel),
            (".", HostError::EmptyLabel),
            ("192.168.1", HostError::Ipv4),
            ("300.1.2.3", HostError::Ipv4),
            ("1883", HostError::Ipv4),
            ("[::1", HostError::Ipv6),
            ("2001:db8:::5", HostError::Ipv6),
            ("[abc]", HostError::Ipv6),
        ] {
            assert_eq!(check_host(host), Err(error), "{host}");
            assert!(error.words().ends_with('.'));
        }
    }

    #[test]
    fn ports() {
        assert_eq!(parse_port("8884"), Ok(8884));
        assert_eq!(parse_port(" 1 "), Ok(1));
        assert_eq!(parse_port("65535"), Ok(65_535));
        assert_eq!(parse_port("0080"), Ok(80));
        for (text, error) in [
            ("", PortError::Empty),
            ("0", PortError::Zero),
            ("65536", PortError::TooLarge),
            ("99999999999999999999", PortError::TooLarge),
            ("-1", PortError::NotANumber),
            ("+80", PortError::NotANumber),
            ("80a", PortError::NotANumber),
            ("٣", PortError::NotANumber),
        ] {
            assert_eq!(parse_port(text), Err(error), "{text}");
            assert!(error.words().ends_with('.'));
        }
    }

    #[test]
    fn paths() {
        for path in ["", "/", "/mqtt", "mqtt", "/a/b?token=x%20y", "/grün"] {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
        assert_eq!(check_path("/a#b"), Err(PathError::Fragment));
        assert_eq!(check_path("/a b"), Err(PathError::Space));
        assert_eq!(check_path("/a\0"), Err(PathError::Space));
        assert_eq!(check_path("\\mqtt"), Err(PathError::Backslash));
    }

    #[test]
    fn pasted_addresses_are_taken_apart() {
        let web = |tls| PastedScheme::Web { tls };
        let plain = |tls| PastedScheme::PlainMqtt { tls };
        for (text, scheme, host, port, path) in [
            (
                "wss://x:8884/mqtt",
                web(true),
                "x",
                Some(8884),
                Some("/mqtt"),
            ),
            (" WS://x:8000 ", web(false), "x", Some(8000), None),
            ("wss://x", web(true), "x", Some(443), None),
            (
                "http://x/mqtt?a=b#c",
                web(false),
                "x",
                Some(80),
                Some("/mqtt?a=b"),
            ),
            ("https://x/?a", web(true), "x", Some(443), Some("/?a")),
            ("wss://x?a", web(true), "x", Some(443), Some("/?a")),
            (
                "x:8884/mqtt",
                PastedScheme::None,
                "x",
                Some(8884),
                Some("/mqtt"),
            ),
            ("x:8884", PastedScheme::None, "x", Some(8884), None),
            ("x/", PastedScheme::None, "x", None, None),
            ("x:99999", PastedScheme::None, "x", None, None),
            (
                "[::1]:8083/a",
                PastedScheme::None,
                "[::1]",
                Some(8083),
                Some("/a"),
            ),
            ("ws://[::1]:8083", web(false), "[::1]", Some(8083), None),
            ("mqtt://x:1883", plain(false), "x", None, None),
            ("mqtts://x:8883/y", plain(true), "x", None, None),
            ("ssl://x:8883", plain(true), "x", None, None),
            ("ftp://x/y", PastedScheme::Other, "x", None, None),
        ] {
            let pasted = take_apart(text).unwrap();
            let found = (
                pasted.scheme,
                pasted.host.as_str(),
                pasted.port,
                pasted.path.as_deref(),
            );
            assert_eq!(found, (scheme, host, port, path), "{text}");
            assert!(pasted.words().ends_with('.'));
        }
        assert_eq!(take_apart("ftp://x").unwrap().tls(), None);
        assert_eq!(take_apart("mqtts://x").unwrap().tls(), Some(true));
    }

    #[test]
    fn a_user_in_a_pasted_address_is_kept_apart() {
        let pasted = take_apart("wss://me:se:cret@x:8884/mqtt").unwrap();
        assert_eq!(pasted.host, "x");
        assert_eq!(pasted.username.as_deref(), Some("me"));
        assert_eq!(pasted.password.as_deref(), Some("se:cret"));
        assert_eq!(take_apart("me@x").unwrap().password, None);
    }

    #[test]
    fn a_host_is_not_taken_apart() {
        for host in [
            "x",
            "broker.hivemq.com",
            "::1",
            "[::1]",
            "2001:db8::5",
            "",
            "://",
            "wss://",
        ] {
            assert_eq!(take_apart(host), None, "{host}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in "(wss?://)?[a-z\\[\\]:@/?#.0-9 é]{0,12}|\\PC*") {
            let _ = check_host(&text);
            let _ = check_path(&text);
            let _ = parse_port(&text);
            if let Some(pasted) = take_apart(&text) {
                // What was taken apart is not an address again, so that the offer ends.
                prop_assert!(!pasted.host.contains('/'));
                prop_assert!(!pasted.host.is_empty());
            }
        }
    }
}
