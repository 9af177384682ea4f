//! A certificate that nobody has signed but itself, for one test.

use std::sync::Arc;

use anyhow::Result;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// A certificate for loopback, with its key.
pub struct Certificate {
    inner: CertifiedKey<KeyPair>,
}

impl Certificate {
    /// A new one.
    pub fn new() -> Result<Self> {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        Ok(Self {
            inner: generate_simple_self_signed(names)?,
        })
    }

    /// The certificate and its key as text, as configuration files want them.
    pub fn pem(&self) -> (String, String) {
        (
            self.inner.cert.pem(),
            self.inner.signing_key.serialize_pem(),
        )
    }

    /// What a server of the page takes.
    pub fn acceptor(&self) -> Result<TlsAcceptor> {
        let key = PrivatePkcs8KeyDer::from(self.inner.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.inner.cert.der().clone()], key.into())?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
