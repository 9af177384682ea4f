//! What carried the packets, where it was copied along: WebSocket frames, Ethernet with IPv4 and TCP.

use super::packets::{is_whole, quality};

/// Something in front of the packets that was taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenOff {
    /// Headers of WebSocket frames, with the masks undone.
    WebSocket {
        /// How many frames.
        frames: usize,
        /// The bytes of their headers and masks.
        bytes: usize,
        /// Whether they were masked, as a client's are.
        masked: bool,
    },
    /// An Ethernet, an IPv4 and a TCP header.
    TcpIp {
        /// Their bytes.
        bytes: usize,
    },
}

/// What these bytes are instead of MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// The beginning of an HTTP request or answer, as every WebSocket begins.
    Http,
    /// A record of TLS.
    Tls,
}

/// What the bytes are, if they are something well known that is no MQTT.
pub(super) fn foreign(bytes: &[u8]) -> Option<Foreign> {
    const HTTP: [&[u8]; 3] = [b"GET ", b"HTTP/1.", b"POST "];
    match bytes {
        _ if HTTP.iter().any(|start| bytes.starts_with(start)) => Some(Foreign::Http),
        [0x14..=0x17, 3, 0..=4, ..] => Some(Foreign::Tls),
        _ => None,
    }
}

/// The packets without what carried them, where they make more sense so.
pub(super) fn take_off(mut bytes: Vec<u8>) -> (Vec<u8>, Vec<TakenOff>) {
    let mut taken = Vec::new();
    if let Some(header) = tcp_ip_header(&bytes) {
        bytes.drain(..header);
        taken.push(TakenOff::TcpIp { bytes: header });
    }
    // A SUBSCRIBE begins like a frame, and says its length at the same place. One that is wrong must stay one.
    let least = quality(&bytes).max(u8::from(is_whole(&bytes)));
    if let Some((inner, frames)) = frames(&bytes)
        && quality(&inner) > least
    {
        taken.push(frames);
        bytes = inner;
    }
    (bytes, taken)
}

/// The length of an Ethernet, an IPv4 and a TCP header, where that is what the bytes begin with.
fn tcp_ip_header(bytes: &[u8]) -> Option<usize> {
    let ip = bytes.get(14..)?;
    let is_ip = bytes.get(12..14)? == [0x08, 0x00] && ip.first()? >> 4 == 4 && *ip.get(9)? == 6;
    let ip_header = usize::from(ip.first()? & 15) * 4;
    let tcp = ip.get(ip_header..)?;
    let tcp_header = usize::from(tcp.get(12)? >> 4) * 4;
    let whole = 14 + ip_header + tcp_header;
    let is_header = ip_header >= 20 && tcp_header >= 20 && bytes.len() > whole;
    (is_ip && is_header).then_some(whole)
}

/// The data of WebSocket frames (RFC 6455, section 5.2) that fill the bytes to their end; the last may be
/// cut off.
fn frames(bytes: &[u8]) -> Option<(Vec<u8>, TakenOff)> {
    let (mut inner, mut rest) = (Vec::new(), bytes);
    let (mut count, mut masked) = (0, false);
    while !rest.is_empty() {
        let (&first, after) = rest.split_first()?;
        let (&second, mut after) = after.split_first()?;
        let opcode = first & 0x0f;
        // A continuation, text, binary, or the frames that manage the WebSocket; nothing reserved.
        if first & 0x70 != 0 || !matches!(opcode, 0..=2 | 8..=10) {
            return None;
        }
        let length = match second & 0x7f {
            126 => {
                let (length, behind) = after.split_first_chunk::<2>()?;
                after = behind;
                usize::from(u16::from_be_bytes(*length))
            }
            127 => {
                let (length, behind) = after.split_first_chunk::<8>()?;
                after = behind;
                usize::try_from(u64::from_be_bytes(*length)).ok()?
            }
            short => usize::from(short),
        };
        let mut mask = [0; 4];
        if second & 0x80 != 0 {
            let (key, behind) = after.split_first_chunk::<4>()?;
            (mask, after) = (*key, behind);
            masked = true;
        }
        let (data, behind) = after.split_at(length.min(after.len()));
        if opcode <= 2 {
            let keys = mask.iter().cycle();
            inner.extend(data.iter().zip(keys).map(|(byte, key)| byte ^ key));
        }
        rest = behind;
        count += 1;
    }
    let header = TakenOff::WebSocket {
        frames: count,
        bytes: bytes.len() - inner.len(),
        masked,
    };
    (count > 0).then_some((inner, header))
}
