//! Which addresses may be listened on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Reads `text` as a loopback address with a port: `127.0.0.1:1884`, `[::1]:1884`, `localhost:1884`, or
/// the port alone. Port 0 is any that is free.
///
/// # Errors
///
/// Why it is none.
pub fn loopback(text: &str) -> Result<SocketAddr, AddressError> {
    let local = |port: &str| {
        port.parse()
            .map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    };
    let port = text.strip_prefix("localhost:").unwrap_or(text);
    let address: SocketAddr = match local(port) {
        Ok(address) => address,
        Err(_) => text
            .parse()
            .map_err(|_| AddressError::NoAddress(text.to_owned()))?,
    };
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(AddressError::NotLoopback(address))
    }
}

/// Why an address is not listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// It is not an IP address with a port.
    NoAddress(String),
    /// Other computers could reach it.
    NotLoopback(SocketAddr),
}

impl fmt::Display for AddressError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress(text) => write!(
                formatter,
                "`{text}` is not an address with a port, such as 127.0.0.1:1884"
            ),
            Self::NotLoopback(address) => write!(
                formatter,
                "{address} can be reached from other computers; this broker is a test bench and listens \
                 on loopback only, such as 127.0.0.1:{}. For a class or a company take Mosquitto, \
                 HiveMQ or EMQX: the README has a mosquitto.conf",
                address.port()
            ),
        }
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_listened_on() {
        for (text, address) in [
            ("127.0.0.1:1884", "127.0.0.1:1884"),
            ("127.0.0.2:0", "127.0.0.2:0"),
            ("[::1]:9002", "[::1]:9002"),
            ("localhost:1884", "127.0.0.1:1884"),
            ("1884", "127.0.0.1:1884"),
        ] {
            assert_eq!(loopback(text), Ok(address.parse().unwrap()), "{text}");
        }
        for text in ["0.0.0.0:1884", "192.168.1.2:1884", "[::]:1884", "8.8.8.8:1"] {
            let error = loopback(text).unwrap_err();
            assert_eq!(error, AddressError::NotLoopback(text.parse().unwrap()));
            assert!(error.to_string().contains("test bench"), "{error}");
        }
        for text in [
            "",
            "127.0.0.1",
            "example.org:1883",
            "127.0.0.1:70000",
            "localhost",
        ] {
            assert!(
                matches!(loopback(text), Err(AddressError::NoAddress(_))),
                "{text}"
            );
        }
    }
}
