//! WebSocket close codes in words (RFC 6455, section 7.4, and its registry).

use super::Explanation;

/// Why a WebSocket was closed, by its close code.
pub const fn close_code(code: u16) -> Explanation {
    match code {
        1000 => Explanation::new(
            "Normal closure",
            "The WebSocket was closed in good order.",
            "",
        ),
        1001 => Explanation::new(
            "Going away",
            "The other side is leaving: a server that shuts down, or a page that is left.",
            "Connect again later.",
        ),
        1002 => Explanation::new(
            "Protocol error",
            "One side broke the rules of WebSocket.",
            "Check that the port belongs to a broker's WebSocket listener.",
        ),
        1003 => Explanation::new(
            "Unsupported data",
            "The server does not accept the kind of data it was sent. MQTT is sent as binary.",
            "Check that host, port and path belong to an MQTT broker.",
        ),
        1005 => Explanation::new(
            "No code",
            "The WebSocket was closed without a code.",
            "A broker often closes like this after an MQTT packet that it refuses.",
        ),
        1006 => Explanation::new(
            "Abnormal closure",
            "The connection broke or was never made; nobody said why. For safety, a browser does \
             not tell a page more than that.",
            "Check the network, then host, port, path and SSL.",
        ),
        1007 => Explanation::new(
            "Invalid payload",
            "A text message was not UTF-8.",
            "Check that host, port and path belong to an MQTT broker.",
        ),
        1008 => Explanation::new(
            "Policy violation",
            "The server closed the connection because of one of its own rules.",
            "Perhaps it does not accept pages from this origin. Ask who runs it.",
        ),
        1009 => Explanation::new(
            "Message too big",
            "A WebSocket message was larger than the receiver accepts.",
            "Send a smaller payload.",
        ),
        1010 => Explanation::new(
            "Extension missing",
            "The client wanted a WebSocket extension that the server does not offer.",
            "Try another browser or another broker.",
        ),
        1011 => Explanation::new(
            "Internal error",
            "The server met an error of its own.",
            "Try again, or look at the broker's log.",
        ),
        1012 => Explanation::new(
            "Service restart",
            "The server is restarting.",
            "Connect again in a moment.",
        ),
        1013 => Explanation::new(
            "Try again later",
            "The server has too much to do.",
            "Connect again in a few minutes.",
        ),
        1014 => Explanation::new(
            "Bad gateway",
            "A gateway in front of the broker got no good answer from it.",
            "Check that the broker behind it runs.",
        ),
        1015 => Explanation::new(
            "TLS handshake failed",
            "The secure connection could not be set up, for example because of the certificate.",
            "Open https:// with the same host and port in a new tab to see what the browser \
             objects to.",
        ),
        3000..=3999 => Explanation::new(
            "Code of a library",
            "The code is one that a library or framework registered for itself.",
            "Look it up in the broker's documentation.",
        ),
        4000..=4999 => Explanation::new(
            "Private code",
            "The code means something only to this server.",
            "Look it up in the broker's documentation.",
        ),
        _ => Explanation::new(
            "Unknown code",
            "WebSocket gives this number no meaning.",
            "Check that host, port and path belong to an MQTT broker.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::assert_well_worded;
    use super::*;

    #[test]
    fn every_code_has_words() {
        for code in 0..=u16::MAX {
            assert_well_worded(close_code(code));
        }
        assert_eq!(close_code(1006).name, "Abnormal closure");
        assert_eq!(close_code(1004).name, "Unknown code");
        assert_eq!(close_code(999).name, "Unknown code");
        assert_eq!(close_code(4999).name, "Private code");
        assert_eq!(close_code(5000).name, "Unknown code");
    }
}
