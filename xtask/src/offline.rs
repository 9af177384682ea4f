//! The page without a network: the script with which browsers keep all of its files.
//!
//! `src/platform/service-worker.js` is that script, without the list of the files it keeps. A page that is left to
//! a static host gets it with the list, made from the files that the build has left: what belongs to the page is
//! kept, whatever it is called. A page that trunk serves has none, because it changes under the browser's hands.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::digest::short;
use crate::report::{Failure, Outcome};
use crate::{csp, modules};

/// The script's name in the page. It stays, because browsers ask for it by name to see if there is a newer one.
pub(crate) const SERVICE_WORKER: &str = "service-worker.js";
const SCRIPT: &str = include_str!("../../src/platform/service-worker.js");
/// Stands in it for the files.
const FILES_PLACE: &str = "/* [name, integrity] of every file of the page */";
/// Stands in it for what names this version of the page.
const VERSION_PLACE: &str = "\"VERSION\"";
const PAGE: &str = "index.html";

/// Adds the script to the page that has just been built and finished in `staging`.
pub(crate) fn finish_page(staging: &Path) -> Outcome<()> {
    let mut files = Vec::new();
    for entry in entries(staging)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file {
            return Err(Failure::new(format!(
                "{name} is no file; the page can be kept without a network only if all of it is in one folder"
            )));
        }
        if name != SERVICE_WORKER {
            let contents = fs::read(entry.path())
                .map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
            files.push((name, contents));
        }
    }
    let is_served = files.iter().any(|(name, page)| {
        name == PAGE && csp::is_served_by_trunk(&String::from_utf8_lossy(page))
    });
    let path = staging.join(SERVICE_WORKER);
    if is_served {
        return Ok(());
    }
    fs::write(&path, script(files)?)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}

/// The script that keeps `files`, by name and contents.
fn script(mut files: Vec<(String, Vec<u8>)>) -> Outcome<String> {
    if !SCRIPT.contains(FILES_PLACE) || !SCRIPT.contains(VERSION_PLACE) {
        return Err(Failure::new(
            "service-worker.js has no place for the list of files or for the version",
        ));
    }
    files.sort();
    let list: Vec<String> = files
        .iter()
        .map(|(name, contents)| {
            // The page is asked for by its folder.
            let name = if name == PAGE { "" } else { name };
            let hash = STANDARD.encode(Sha256::digest(contents));
            format!("[{name:?}, \"sha256-{hash}\"]")
        })
        .collect();
    let list = format!("\n    {},\n", list.join(",\n    "));
    let version = short(Sha256::digest(&list));
    let script = SCRIPT
        .replace(FILES_PLACE, &list)
        .replace(VERSION_PLACE, &format!("{version:?}"));
    Ok(modules::without_comments(&script))
}

fn entries(folder: &Path) -> Outcome<Vec<fs::DirEntry>> {
    let cannot =
        |error: std::io::Error| Failure::new(format!("cannot list {}: {error}", folder.display()));
    fs::read_dir(folder)
        .map_err(cannot)?
        .map(|entry| entry.map_err(cannot))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(names: &[&str]) -> Vec<(String, Vec<u8>)> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), name.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn every_file_is_kept_by_its_hash() {
        let files = page(&["index.html", "mqtt-lab-0_wire.wasm", "ticker.js"]);
        let script = script(files).expect("there is a place for them");
        // `printf index.html | openssl dgst -sha256 -binary | base64`
        let hash = "DrVHMEZYgFqteI0yDxC/Hyknl7Xm10Wjv2F1hNoBcFE=";
        assert!(
            script.contains(&format!("[\"\", \"sha256-{hash}\"],")),
            "{script}"
        );
        assert!(script.contains("[\"mqtt-lab-0_wire.wasm\", \"sha256-"));
        assert!(script.contains("[\"ticker.js\", \"sha256-"));
        assert!(!script.contains("VERSION\""));
    }

    #[test]
    fn another_page_is_another_version() {
        let version = |files| {
            let script = script(files).expect("there is a place for them");
            let line = script.lines().find(|line| line.starts_with("const CACHE"));
            line.expect("it names its cache").to_owned()
        };
        let one = version(page(&["index.html", "a.css"]));
        assert_eq!(version(page(&["a.css", "index.html"])), one);
        assert_ne!(version(page(&["index.html", "b.css"])), one);
        let mut changed = page(&["index.html", "a.css"]);
        changed[0].1.push(b'!');
        assert_ne!(version(changed), one);
    }
}
