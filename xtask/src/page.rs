//! The page: served while working on it, or built to be put on a host.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::csp;
use crate::process::run;
use crate::report::{Failure, Outcome, Stopwatch};
use crate::tools::{self, Toolbox, WasmOpt};

/// What a first visit should download at most, in bytes. Every build says how far away that is.
const GOAL: u64 = 150 * 1024;
/// More than this fails the build, in bytes. It is no target: it is what the page came to when it
/// was last measured on purpose and a little more, so that the page cannot grow unnoticed. Lower it
/// whenever the page has become smaller; raise it only together with what is worth the download.
const LIMIT: u64 = 394 * 1024;

/// Serves the page, rebuilds it when a source changes, and opens it in the browser.
pub(crate) fn serve(root: &Path, arguments: &[String]) -> Outcome<()> {
    let tools = tools::set_up(root)?;
    run(tools.trunk(root)?.args(["serve", "--open"]).args(arguments))
}

/// Leaves a static page in `dist/`, checks it and says how large it is; too large is a failure.
pub(crate) fn build(root: &Path, arguments: &[String]) -> Outcome<()> {
    leave_in_dist(root, arguments).and_then(within_limit)
}

/// Leaves a static page in `dist/` and checks it; answers what a first visit downloads, in bytes.
pub(crate) fn leave_in_dist(root: &Path, arguments: &[String]) -> Outcome<u64> {
    let tools = tools::set_up(root)?;
    let time = Stopwatch::start();
    compile(root, &tools, arguments)?;
    println!("Built dist/ in {}.", time.read());
    let dist = root.join("dist");
    csp::check_page(&dist.join("index.html"))?;
    print_sizes(&dist)
}

/// Fails if a first visit downloads more than it may.
pub(crate) fn within_limit(total: u64) -> Outcome<()> {
    if total > LIMIT {
        return Err(Failure::new(format!(
            "a first visit downloads {total} bytes; the recorded limit is {LIMIT} bytes"
        )));
    }
    Ok(())
}

fn compile(root: &Path, tools: &Toolbox, arguments: &[String]) -> Outcome<()> {
    let release = run(tools
        .trunk(root)?
        .args(["build", "--release"])
        .args(arguments));
    if release.is_ok() || tools.wasm_opt == WasmOpt::Found {
        return release;
    }
    println!(
        "trunk could not build the page with a wasm-opt of its own; building without wasm-opt. \
         The page will work, but be larger. Install npm or binaryen (116 or newer) for the small one."
    );
    // Not `--release`: that is what makes trunk ask for wasm-opt.
    run(tools
        .trunk(root)?
        .args([
            "build",
            "--release=false",
            "--cargo-profile",
            "release",
            "--minify=true",
        ])
        .args(arguments))
}

/// Prints every file of the page with its size, and answers the sum of the compressed ones.
fn print_sizes(dist: &Path) -> Outcome<u64> {
    let mut sizes = Vec::new();
    for path in files_under(dist)? {
        let bytes = fs::read(&path)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        let name = path
            .strip_prefix(dist)
            .unwrap_or(&path)
            .display()
            .to_string();
        sizes.push((compressed_size(&bytes)?, bytes.len() as u64, name));
    }
    sizes.sort_by_key(|(compressed, ..)| std::cmp::Reverse(*compressed));

    let total: u64 = sizes.iter().map(|(compressed, ..)| compressed).sum();
    println!(
        "\nWhat a first visit downloads, in bytes:\n{:>10} {:>10}",
        "gzip", "plain"
    );
    for (compressed, plain, name) in &sizes {
        println!("{compressed:>10} {plain:>10}  {name}");
    }
    println!(
        "{total:>10} {:>10}  in all\n{}",
        sizes.iter().map(|(_, plain, _)| plain).sum::<u64>(),
        verdict(total),
    );
    Ok(total)
}

/// Where a page of `total` compressed bytes stands between the goal and the limit.
fn verdict(total: u64) -> String {
    let goal = match total.checked_sub(GOAL) {
        None | Some(0) => "within".to_owned(),
        Some(over) => format!("{:.1} KiB over", kib(over)),
    };
    format!(
        "A first visit downloads {:.1} KiB: {goal} the goal of {:.1} KiB; a build fails above {:.1} KiB.",
        kib(total),
        kib(GOAL),
        kib(LIMIT),
    )
}

fn files_under(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let cannot =
        |error: std::io::Error| Failure::new(format!("cannot list {}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.is_dir() {
            files.extend(files_under(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn compressed_size(bytes: &[u8]) -> Outcome<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map(|compressed| compressed.len() as u64)
        .map_err(|error| Failure::new(format!("cannot compress: {error}")))
}

fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_be_as_large_as_the_limit() {
        assert_eq!(within_limit(LIMIT), Ok(()));
        let failure = within_limit(LIMIT + 1).expect_err("one byte over the limit");
        let words = failure.to_string();
        assert!(words.contains(&LIMIT.to_string()), "{words}");
        assert!(words.contains(&(LIMIT + 1).to_string()), "{words}");
    }

    #[test]
    fn the_build_says_how_far_the_goal_is() {
        assert!(verdict(GOAL).contains("150.0 KiB: within the goal of 150.0 KiB"));
        assert!(verdict(GOAL + 1536).contains("151.5 KiB: 1.5 KiB over the goal of 150.0 KiB"));
    }

    #[test]
    fn what_repeats_compresses() {
        let size = compressed_size(&[b'a'; 10_000]).expect("writing to memory");
        assert!((20..100).contains(&size), "{size}");
    }
}
