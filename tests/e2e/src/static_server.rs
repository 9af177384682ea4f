//! A static file server for one directory, under a deep sub-path, as a course page on a university host would have
//! it. It answers GET, knows the content types of a trunk build, and ends with its owner.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::certificate::Certificate;

/// Nothing may depend on being at the root of a host.
const PREFIX: &str = "/lab/some/path/";

/// Longest life of one connection.
const CONNECTION_LIMIT: Duration = Duration::from_secs(60);

/// Longest life of a server: no test runs as long.
const SERVER_LIMIT: Duration = Duration::from_secs(30 * 60);

/// A running server; dropping it ends it.
pub struct StaticServer {
    port: u16,
    scheme: &'static str,
    task: JoinHandle<()>,
    files: Arc<Files>,
}

impl StaticServer {
    /// Serves `root` under the sub-path, on a free loopback port.
    pub async fn start(root: &Path) -> Result<Self> {
        Self::serve(Files::new(root, BTreeMap::new()), None).await
    }

    /// The same over https.
    pub async fn start_tls(root: &Path, certificate: &Certificate) -> Result<Self> {
        let files = Files::new(root, BTreeMap::new());
        Self::serve(files, Some(certificate.acceptor()?)).await
    }

    /// Like [`start`](Self::start), with every file compressed beforehand, as web hosts do.
    pub async fn start_compressed(root: &Path) -> Result<Self> {
        let mut compressed = BTreeMap::new();
        for entry in std::fs::read_dir(root)? {
            let path = entry?.path();
            if path.is_file() {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
                encoder.write_all(&std::fs::read(&path)?)?;
                compressed.insert(path, encoder.finish()?);
            }
        }
        Self::serve(Files::new(root, compressed), None).await
    }

    async fn serve(files: Files, tls: Option<TlsAcceptor>) -> Result<Self> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let files = Arc::new(files);
        let served = Arc::clone(&files);
        let task = tokio::spawn(async move {
            // The limit ends the accept loop; connections have their own.
            let _ = timeout(SERVER_LIMIT, accept(listener, served, tls)).await;
        });
        Ok(Self {
            port,
            scheme,
            task,
            files,
        })
    }

    /// Answers nothing any more, neither to new connections nor to those there are.
    pub fn stop(&self) {
        self.files.is_stopped.store(true, Ordering::Relaxed);
        self.task.abort();
    }

    /// `http://127.0.0.1:<port>`, or the same with https.
    pub fn origin(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// The address of the page itself.
    pub fn url(&self) -> String {
        format!("{}{PREFIX}", self.origin())
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is served.
struct Files {
    root: PathBuf,
    /// The same bytes in gzip, by path; empty where the server does not compress.
    compressed: BTreeMap<PathBuf, Vec<u8>>,
    is_stopped: AtomicBool,
}

impl Files {
    fn new(root: &Path, compressed: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        Self {
            root: root.to_owned(),
            compressed,
            is_stopped: AtomicBool::new(false),
        }
    }
}

async fn accept(listener: TcpListener, files: Arc<Files>, tls: Option<TlsAcceptor>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (files, tls) = (Arc::clone(&files), tls.clone());
        tokio::spawn(async move {
            let served = async {
                match tls {
                    Some(tls) => serve(tls.accept(stream).await?, &files).await,
                    None => serve(stream, &files).await,
                }
            };
            // A browser that goes away in the middle of an answer is no fault of the page.
            let _ = timeout(CONNECTION_LIMIT, served).await;
        });
    }
}

/// One connection with any number of requests on it.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, files: &Files) -> Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut request = String::new();
        if stream.read_line(&mut request).await? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            if stream.read_line(&mut header).await? == 0 || header.trim().is_empty() {
                break;
            }
        }
        if files.is_stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut words = request.split_whitespace();
        let mut encoding = "";
        let (status, content_type, body) = match (words.next(), words.next()) {
            (Some("GET"), Some(target)) => match file_for(&files.root, target) {
                Some(file) => match files.compressed.get(&file) {
                    Some(body) => {
                        encoding = "Content-Encoding: gzip\r\n";
                        ("200 OK", content_type(&file), body.clone())
                    }
                    None => match tokio::fs::read(&file).await {
                        Ok(body) => ("200 OK", content_type(&file), body),
                        Err(_) => not_found(),
                    },
                },
                None => not_found(),
            },
            _ => ("405 Method Not Allowed", "text/plain", Vec::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{encoding}Content-Length: {}\r\n\
             Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes()).await?;
        stream.get_mut().write_all(&body).await?;
        stream.get_mut().flush().await?;
    }
}

fn not_found() -> (&'static str, &'static str, Vec<u8>) {
    ("404 Not Found", "text/plain", b"not found".to_vec())
}

/// The file that a request target means, or `None` where it points outside the sub-path or the directory.
fn file_for(root: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?;
    let inside = path.strip_prefix(PREFIX)?;
    let inside = if inside.is_empty() {
        "index.html"
    } else {
        inside
    };
    let relative = Path::new(inside);
    relative
        .components()
        .all(|component| matches!(component, Component::Normal(_)))
        .then(|| root.join(relative))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_map_to_files_under_the_sub_path_only() {
        let root = Path::new("/srv");
        assert_eq!(
            file_for(root, "/lab/some/path/"),
            Some(PathBuf::from("/srv/index.html"))
        );
        assert_eq!(
            file_for(root, "/lab/some/path/a.js?v=1"),
            Some(PathBuf::from("/srv/a.js"))
        );
        assert_eq!(file_for(root, "/a.js"), None);
        assert_eq!(file_for(root, "/lab/some/path/../../etc"), None);
        assert_eq!(file_for(root, "/lab/some/path//etc/passwd"), None);
    }
}
