//! Words for what can be wrong with a link.

use core::time::Duration;

use crate::network::{Deed, Fault, FaultKind, FaultRecord, Packets, Target, Way, Ways};

/// Words for one way to break a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultWords {
    /// Its name in a menu.
    pub title: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What it stands for in the real world.
    pub stands_for: &'static str,
    /// What is *not* so in the real world; empty where nothing needs to be said.
    pub honest: &'static str,
}

/// The end of a connection without a DISCONNECT: done by the lab, not by the link.
pub const CUT: FaultWords = FaultWords {
    title: "Cut now",
    does: "Ends the connection at once, without a DISCONNECT. What was on its way is gone.",
    stands_for: "The radio is out of reach, the process was killed, the plug was pulled.",
    honest: "In the real world the other side often hears nothing of it until it sends something or \
             its keep alive runs out: that is the black hole.",
};

/// Words for a kind of fault.
pub const fn fault_kind(kind: FaultKind) -> FaultWords {
    match kind {
        FaultKind::BlackHole => FaultWords {
            title: "Black hole",
            does: "The connection stays open, but what is sent goes nowhere, its end as well.",
            stands_for: "A half-open TCP connection: the other machine has lost power, or a router \
                         between has forgotten the connection. Only keep alive finds out.",
            honest: "When a real path heals in time, TCP sends what was lost again. Here it stays \
                     lost.",
        },
        FaultKind::Swallow => FaultWords {
            title: "Swallow packets",
            does: "The next packets of this kind vanish. Everything else passes.",
            stands_for: "A crash between receiving a packet and acting on it, or a gateway with an \
                         error of its own.",
            honest: "TCP does not lose single packets: it delivers every byte in order, or the \
                     connection ends. Do not expect this from a bad network.",
        },
        FaultKind::Delay => FaultWords {
            title: "Delay",
            does: "Everything arrives later, by this long and a random part of the jitter. The order \
                   stays.",
            stands_for: "A long way, such as a satellite, or a mobile network under load.",
            honest: "",
        },
        FaultKind::Duplicate => FaultWords {
            title: "Deliver twice",
            does: "The next packets of this kind arrive twice, one right behind the other.",
            stands_for: "A sender that repeats a packet because the answer did not reach it, as the \
                         receiver sees it.",
            honest: "TCP never delivers a packet twice. A real repetition of a PUBLISH carries the \
                     DUP flag; this copy is the same to the byte.",
        },
        FaultKind::Corrupt => FaultWords {
            title: "Flip bits",
            does: "Turns over some bits of one byte in the next packets of this kind.",
            stands_for: "A client or broker with an error in the code that writes packets, or broken \
                         memory.",
            honest: "A line that flips bits is not enough for this: the checksums below MQTT throw \
                     such data away, and TCP sends it again.",
        },
        FaultKind::Slice => FaultWords {
            title: "Slice",
            does: "Everything arrives in pieces of at most so many bytes.",
            stands_for: "Any network: TCP and WebSocket cut the stream where they like. A receiver \
                         must not care [MQTT-6.0.0-2].",
            honest: "",
        },
        FaultKind::RateLimit => FaultWords {
            title: "Limit the rate",
            does: "Lets through only so many bytes each second. The rest waits.",
            stands_for: "A narrow radio link such as NB-IoT or LoRa, or a line that all share.",
            honest: "",
        },
    }
}

/// What is different about [`CUT`] where the connection leads to a Server outside this page.
pub const CUT_AT_REAL_SERVER: &str = "To this server the lab closes the WebSocket without a \
                                      DISCONNECT, so the server hears of it at once.";

/// What is different about a kind of fault where the connection leads to a Server outside this
/// page; empty where nothing is.
pub const fn fault_at_real_server(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::BlackHole => {
            "To this server the WebSocket stays open, and the browser still answers its pings: only \
             the Keep Alive of MQTT finds out."
        }
        FaultKind::Delay | FaultKind::RateLimit => {
            "To this server it comes on top of what the real way there takes."
        }
        FaultKind::Slice => {
            "Each piece to this server is a WebSocket message of its own. What it sends is cut here, \
             once it has arrived."
        }
        FaultKind::Swallow | FaultKind::Duplicate | FaultKind::Corrupt => "",
    }
}

/// A fault in one line, such as `swallow the next 2 PUBACK, server to client`.
pub fn fault_line(fault: Fault) -> String {
    let ways = ways(fault.ways());
    match fault {
        Fault::BlackHole { .. } => format!("black hole, {ways}"),
        Fault::Swallow { packets, count, .. } => {
            format!("swallow {}, {ways}", next(packets, count.get()))
        }
        Fault::Delay { delay, jitter, .. } if jitter.is_zero() => {
            format!("delay by {}, {ways}", milliseconds(delay))
        }
        Fault::Delay { delay, jitter, .. } => format!(
            "delay by {} to {}, {ways}",
            milliseconds(delay),
            milliseconds(delay.saturating_add(jitter))
        ),
        Fault::Duplicate { packets, count, .. } => {
            format!("deliver {} twice, {ways}", next(packets, count.get()))
        }
        Fault::Corrupt {
            packets,
            offset,
            mask,
            count,
            ..
        } => format!(
            "flip bits 0x{mask:02x} of byte {offset} of {}, {ways}",
            next(packets, count.get())
        ),
        Fault::Slice { bytes, .. } => {
            format!("slices of {}, {ways}", bytes_word(bytes.get() as usize))
        }
        Fault::RateLimit {
            bytes_per_second, ..
        } => format!(
            "{} per second, {ways}",
            bytes_word(bytes_per_second.get() as usize)
        ),
    }
}

/// What a fault has done, in one line, such as `PUBACK 7 (4 bytes) to the client: swallowed`.
pub fn fault_record(record: &FaultRecord) -> String {
    fault_deed(record.way, record.target, record.deed)
}

/// The same from its parts, as the trace keeps them.
pub fn fault_deed(way: Way, target: Target, deed: Deed) -> String {
    let target = match target {
        Target::Packet {
            packet_type,
            packet_id,
            length,
        } => {
            let id = packet_id.map_or_else(String::new, |id| format!(" {id}"));
            format!("{packet_type}{id} ({})", bytes_word(length))
        }
        Target::Bytes { length } => format!("{} outside any packet", bytes_word(length)),
        Target::End => "the end of the connection".to_owned(),
    };
    let way = match way {
        Way::Up => "to the server",
        Way::Down => "to the client",
    };
    let deed = match deed {
        Deed::Lost => "lost in the black hole".to_owned(),
        Deed::Swallowed => "swallowed".to_owned(),
        Deed::Delayed { by } => format!("delayed by {}", milliseconds(by)),
        Deed::Duplicated => "delivered twice".to_owned(),
        Deed::Corrupted {
            offset,
            before,
            after,
        } => format!("byte {offset} changed from 0x{before:02x} to 0x{after:02x}"),
        Deed::Sliced { bytes } => format!("cut into slices of {}", bytes_word(bytes as usize)),
        Deed::Throttled { bytes_per_second } => {
            format!(
                "held to {} per second",
                bytes_word(bytes_per_second as usize)
            )
        }
    };
    format!("{target} {way}: {deed}")
}

/// The directions of a fault, as they are offered.
pub const fn ways(ways: Ways) -> &'static str {
    match ways {
        Ways::Up => "client to server",
        Ways::Down => "server to client",
        Ways::Both => "both ways",
    }
}

fn next(packets: Packets, count: u32) -> String {
    let kind = match packets {
        Packets::Any if count == 1 => "packet",
        Packets::Any => "packets",
        Packets::Of(packet_type) => packet_type.name(),
    };
    match count {
        1 => format!("the next {kind}"),
        _ => format!("the next {count} {kind}"),
    }
}

fn bytes_word(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        _ => format!("{bytes} bytes"),
    }
}

fn milliseconds(duration: Duration) -> String {
    let micros = duration.as_micros();
    match (micros / 1_000, micros % 1_000) {
        (whole, 0) => format!("{whole} ms"),
        (whole, part) => format!("{whole}.{part:03} ms"),
    }
}

#[cfg(test)]
mod tests {
    use core::num::{NonZeroU8, NonZeroU32};

    use super::*;
    use crate::codec::ControlPacketType;
    use crate::network::{FaultId, Link};
    use crate::time::Instant;

    #[test]
    fn every_kind_says_what_it_does_and_what_it_stands_for() {
        let mut titles = Vec::new();
        let all = FaultKind::ALL.map(fault_kind);
        for words in all.iter().chain([&CUT]) {
            let FaultWords {
                title,
                does,
                stands_for,
                honest,
            } = words;
            assert!(!title.is_empty() && !title.ends_with('.'), "{title}");
            for text in [does, stands_for] {
                assert!(text.ends_with('.') || text.ends_with("]."), "{text}");
            }
            assert!(honest.is_empty() || honest.ends_with('.'), "{honest}");
            for text in [does, stands_for, honest] {
                assert!(text.len() <= 200 && !text.contains("  "), "{text}");
            }
            assert!(!titles.contains(title), "{title}");
            titles.push(title);
        }
    }

    #[test]
    fn what_differs_at_a_real_server_is_said_in_sentences() {
        let all = FaultKind::ALL.map(fault_at_real_server);
        assert_eq!(all.iter().filter(|words| words.is_empty()).count(), 3);
        for words in all.iter().chain([&CUT_AT_REAL_SERVER]) {
            assert!(words.is_empty() || words.ends_with('.'), "{words}");
            assert!(words.len() <= 160 && !words.contains("  "), "{words}");
        }
    }

    #[test]
    fn where_tcp_does_not_do_so_it_is_said() {
        for kind in FaultKind::ALL {
            let is_untrue_of_tcp = matches!(
                kind,
                FaultKind::BlackHole
                    | FaultKind::Swallow
                    | FaultKind::Duplicate
                    | FaultKind::Corrupt
            );
            assert_eq!(fault_kind(kind).honest.contains("TCP"), is_untrue_of_tcp);
        }
    }

    fn count(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn a_fault_is_told_in_one_line() {
        let (ways, packets) = (Ways::Down, Packets::Of(ControlPacketType::Puback));
        let ms = Duration::from_millis;
        for (fault, line) in [
            (
                Fault::BlackHole { ways: Ways::Both },
                "black hole, both ways",
            ),
            (
                Fault::Swallow {
                    ways,
                    packets,
                    count: count(2),
                },
                "swallow the next 2 PUBACK, server to client",
            ),
            (
                Fault::Delay {
                    ways: Ways::Up,
                    delay: ms(300),
                    jitter: Duration::ZERO,
                },
                "delay by 300 ms, client to server",
            ),
            (
                Fault::Delay {
                    ways,
                    delay: ms(300),
                    jitter: Duration::from_micros(1_500),
                },
                "delay by 300 ms to 301.500 ms, server to client",
            ),
            (
                Fault::Duplicate {
                    ways,
                    packets: Packets::Any,
                    count: count(1),
                },
                "deliver the next packet twice, server to client",
            ),
            (
                Fault::Corrupt {
                    ways,
                    packets: Packets::Any,
                    offset: 0,
                    mask: NonZeroU8::new(0x80).unwrap(),
                    count: count(3),
                },
                "flip bits 0x80 of byte 0 of the next 3 packets, server to client",
            ),
            (
                Fault::Slice {
                    ways,
                    bytes: count(1),
                },
                "slices of 1 byte, server to client",
            ),
            (
                Fault::RateLimit {
                    ways,
                    bytes_per_second: count(250),
                },
                "250 bytes per second, server to client",
            ),
        ] {
            assert_eq!(fault_line(fault), line);
        }
    }

    #[test]
    fn what_was_done_is_told_in_one_line() {
        let mut link = Link::new(1);
        let swallow = Fault::Swallow {
            ways: Ways::Down,
            packets: Packets::Any,
            count: count(1),
        };
        link.add_fault(swallow, Instant::ORIGIN).unwrap();
        link.send(Way::Down, &[0x40, 2, 0, 7], Instant::ORIGIN)
            .unwrap();
        let record = link.poll_fault().unwrap();
        assert_eq!(
            fault_record(&record),
            "PUBACK 7 (4 bytes) to the client: swallowed"
        );
        let line = |target, deed, way| {
            fault_record(&FaultRecord {
                target,
                deed,
                way,
                ..record
            })
        };
        let id: FaultId = record.id;
        assert_eq!(id.value(), 0);
        let bytes = |length| Target::Bytes { length };
        for (told, expected) in [
            (
                line(Target::End, Deed::Lost, Way::Up),
                "the end of the connection to the server: lost in the black hole",
            ),
            (
                line(
                    bytes(1),
                    Deed::Delayed {
                        by: Duration::from_micros(1_500),
                    },
                    Way::Up,
                ),
                "1 byte outside any packet to the server: delayed by 1.500 ms",
            ),
            (
                line(bytes(2), Deed::Duplicated, Way::Up),
                "2 bytes outside any packet to the server: delivered twice",
            ),
            (
                line(
                    bytes(2),
                    Deed::Corrupted {
                        offset: 1,
                        before: 0x30,
                        after: 0,
                    },
                    Way::Down,
                ),
                "2 bytes outside any packet to the client: byte 1 changed from 0x30 to 0x00",
            ),
            (
                line(bytes(2), Deed::Sliced { bytes: 1 }, Way::Down),
                "2 bytes outside any packet to the client: cut into slices of 1 byte",
            ),
            (
                line(
                    bytes(2),
                    Deed::Throttled {
                        bytes_per_second: 250,
                    },
                    Way::Down,
                ),
                "2 bytes outside any packet to the client: held to 250 bytes per second",
            ),
        ] {
            assert_eq!(told, expected);
        }
    }
}
