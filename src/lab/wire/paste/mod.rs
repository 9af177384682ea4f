//! Text that was pasted, taken apart into packets, with an answer to whatever else it is.

mod carrier;
mod dump;
mod packets;
mod read;
#[cfg(test)]
mod tests;

pub use carrier::{Foreign, TakenOff};
pub use packets::{Extent, PACKETS_MAXIMUM, PastedPacket};
pub use read::{PasteError, PastedForm, TEXT_MAXIMUM, read_bytes};

use crate::codec::{ControlPacket, ControlPacketType, ProtocolVersion, decode};
use crate::lab::format;
use crate::lab::trace::Direction;

/// What was pasted, as packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// All bytes, without what carried them.
    pub bytes: Vec<u8>,
    /// The form of the text; `None` where the bytes came in another way.
    pub form: Option<PastedForm>,
    /// The packets, one behind the other.
    pub packets: Vec<PastedPacket>,
    /// The version that the first of them is read as.
    pub version: ProtocolVersion,
    /// Why it is that one.
    pub version_why: String,
    /// What else there is to say.
    pub remarks: Vec<Remark>,
}

/// Something to say about what was pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The sentence.
    pub words: String,
    /// Whether something is wrong.
    pub is_fault: bool,
    /// The version that would read it better.
    pub read_as: Option<ProtocolVersion>,
}

/// Takes a text apart.
///
/// Without a `version` it is guessed; where several would do, it is `usual`. Without a `direction` each
/// packet's is guessed.
///
/// # Errors
///
/// Where and why the text is no bytes.
pub fn paste(
    text: &str,
    version: Option<ProtocolVersion>,
    direction: Option<Direction>,
    usual: ProtocolVersion,
) -> Result<Pasted, PasteError> {
    let (bytes, form) = read_bytes(text)?;
    let mut pasted = paste_bytes(bytes, version, direction, usual);
    pasted.form = Some(form);
    Ok(pasted)
}

/// The same for bytes that are there already, such as those of a link.
pub fn paste_bytes(
    bytes: Vec<u8>,
    version: Option<ProtocolVersion>,
    direction: Option<Direction>,
    usual: ProtocolVersion,
) -> Pasted {
    let (bytes, taken) = carrier::take_off(bytes);
    let (cuts, is_more) = packets::cut(&bytes);
    let raw_of = |span: &core::ops::Range<usize>| bytes.get(span.clone()).unwrap_or_default();
    let whole: Vec<&[u8]> = cuts
        .iter()
        .filter(|(_, extent)| *extent == Extent::Whole)
        .map(|(span, _)| raw_of(span))
        .collect();
    let (first_version, version_why) = match version {
        Some(version) => (version, "You chose it.".to_owned()),
        None => guess_version(&whole, usual),
    };
    let mut current = first_version;
    let packets: Vec<PastedPacket> = cuts
        .iter()
        .map(|(span, extent)| {
            let raw = raw_of(span);
            // From a CONNECT on, it is the version that this asks for.
            if version.is_none()
                && let Some(named) = version_of_connect(raw)
            {
                current = named;
            }
            packets::packet(raw, span.clone(), *extent, current, direction)
        })
        .collect();
    let mut remarks: Vec<Remark> = taken
        .iter()
        .map(|taken| Remark::note(taken.words()))
        .collect();
    remarks.extend(carrier::foreign(&bytes).map(|foreign| Remark::fault(foreign.words())));
    let number = packets.len();
    if is_more {
        remarks.push(Remark::note(format!(
            "There are more than {PACKETS_MAXIMUM} packets; the first {PACKETS_MAXIMUM} are listed."
        )));
    } else if number > 1 {
        remarks.push(Remark::note(format!(
            "{number} packets stand one behind the other."
        )));
    }
    remarks.extend(packets.iter().filter_map(length_remark));
    remarks.extend(version_remark(&packets));
    Pasted {
        form: None,
        packets,
        version: first_version,
        version_why,
        remarks,
        bytes,
    }
}

fn version_of_connect(raw: &[u8]) -> Option<ProtocolVersion> {
    let is_connect = raw.first()? >> 4 == ControlPacketType::Connect.as_u8();
    match is_connect.then(|| decode(raw, ProtocolVersion::V5_0))? {
        Ok(ControlPacket::Connect(connect)) => Some(connect.protocol_version),
        _ => None,
    }
}

/// The version that whole packets are, and why.
fn guess_version(whole: &[&[u8]], usual: ProtocolVersion) -> (ProtocolVersion, String) {
    if let Some(version) = whole.iter().find_map(|raw| version_of_connect(raw)) {
        return (version, format!("CONNECT asks for MQTT {version}."));
    }
    let fitting = |version: ProtocolVersion| {
        let fits = |raw: &&&[u8]| decode(raw, version).is_ok();
        whole.iter().filter(fits).count()
    };
    let counts = ProtocolVersion::ALL.map(|version| (version, fitting(version)));
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let best: Vec<ProtocolVersion> = counts
        .iter()
        .filter(|(_, count)| *count == most)
        .map(|(version, _)| *version)
        .collect();
    // 3.1 differs from 3.1.1 in CONNECT only, as far as bytes go.
    let without_3_1 = || {
        best.iter()
            .copied()
            .filter(|one| *one != ProtocolVersion::V3_1)
    };
    let version = match best.contains(&usual) {
        true => usual,
        false => without_3_1().next_back().unwrap_or(usual),
    };
    if most == 0 {
        let words =
            format!("No version reads these bytes without a fault; MQTT {version} is assumed.");
        return (version, words);
    }
    let others: Vec<&str> = without_3_1()
        .filter(|one| *one != version)
        .map(ProtocolVersion::name)
        .collect();
    let why = match others.as_slice() {
        [] => format!("Of 3.1.1 and 5.0, the bytes are valid in MQTT {version} only."),
        _ => format!(
            "The bytes are valid in MQTT {} too; {version} is what the selected client is set to.",
            others.join(" and ")
        ),
    };
    (version, why)
}

fn length_remark(packet: &PastedPacket) -> Option<Remark> {
    let name = packet.packet_type.map_or("packet", ControlPacketType::name);
    let start = packet.span.start;
    let words = match packet.extent {
        Extent::Whole => return None,
        Extent::Truncated { announced, there } => format!(
            "The {name} at byte {start} announces {} and {} are there: {} are missing at the end. It is \
             taken apart as far as it goes.",
            format::exact_bytes(announced),
            format::count(there),
            format::count(announced - there),
        ),
        Extent::HeaderCut => format!(
            "The {name} at byte {start} ends within its fixed header: at least a byte of Remaining Length is \
             missing."
        ),
        Extent::LengthTooLong { value } => format!(
            "Remaining Length of the {name} at byte {start} goes on after its fourth byte, as if {} followed. \
             A packet announces at most {}.",
            format::exact_bytes(value),
            format::exact_bytes(packets::REMAINING_MAXIMUM),
        ),
    };
    Some(Remark::fault(words))
}

/// Where packets are valid in another version.
fn version_remark(packets: &[PastedPacket]) -> Option<Remark> {
    let packet = packets.iter().find(|packet| packet.valid_as.is_some())?;
    let other = packet.valid_as?;
    let name = packet.packet_type.map_or("packet", ControlPacketType::name);
    Some(Remark {
        words: format!(
            "The {name} at byte {} is not valid in MQTT {}, but it is in MQTT {other}.",
            packet.span.start, packet.version
        ),
        is_fault: true,
        read_as: Some(other),
    })
}

impl Remark {
    fn note(words: String) -> Self {
        Self {
            words,
            is_fault: false,
            read_as: None,
        }
    }

    fn fault(words: impl Into<String>) -> Self {
        Self {
            is_fault: true,
            ..Self::note(words.into())
        }
    }
}

impl TakenOff {
    fn words(&self) -> String {
        match *self {
            Self::WebSocket {
                frames,
                bytes,
                masked,
            } => {
                let mut words = match frames {
                    1 => "The header of a WebSocket frame".to_owned(),
                    number => format!("The headers of {number} WebSocket frames"),
                };
                words.push_str(&format!(
                    ", {} in all, stood before the MQTT bytes and ",
                    format::exact_bytes(bytes as u64)
                ));
                words.push_str(match frames {
                    1 => "was taken off",
                    _ => "were taken off",
                });
                words.push_str(match masked {
                    true => "; the mask, which a client's frames have, was undone.",
                    false => ".",
                });
                words
            }
            Self::TcpIp { bytes } => format!(
                "An Ethernet, an IPv4 and a TCP header, {} in all, stood before the MQTT bytes and were taken off.",
                format::exact_bytes(bytes as u64)
            ),
        }
    }
}

impl Foreign {
    const fn words(self) -> &'static str {
        match self {
            Self::Http => {
                "This is HTTP, with which every WebSocket begins. MQTT comes behind it, in frames of its own."
            }
            Self::Tls => {
                "This looks like TLS: the MQTT in it is encrypted, and cannot be seen without the keys."
            }
        }
    }
}
