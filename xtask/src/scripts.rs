//! The page's scripts, made small by esbuild where that is there: without it they are larger, and work as well.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::run;
use crate::report::{Failure, Outcome};

/// Names for what only one script sees become short, and what says something to its readers goes. No newer
/// JavaScript comes of it than the browsers have that run the page.
const OPTIONS: [&str; 5] = [
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--legal-comments=none",
    "--log-level=error",
];

/// Makes the scripts among `files` small, with this `esbuild`; `work` is a folder for what is under way.
pub(crate) fn minify(
    esbuild: &Path,
    work: &Path,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Outcome<()> {
    let cannot = |what: &str, path: &Path, error: std::io::Error| {
        Failure::new(format!("cannot {what} {}: {error}", path.display()))
    };
    fs::create_dir_all(work).map_err(|error| cannot("create", work, error))?;
    for (name, script) in files.iter_mut().filter(|(name, _)| name.ends_with(".js")) {
        let (from, to) = (work.join(name), work.join(format!("{name}.min")));
        fs::write(&from, &*script).map_err(|error| cannot("write", &from, error))?;
        run(Command::new(esbuild)
            .arg(&from)
            .args(OPTIONS)
            .arg(format!("--outfile={}", to.display())))?;
        *script = fs::read(&to).map_err(|error| cannot("read", &to, error))?;
        if script.is_empty() {
            return Err(Failure::new(format!("esbuild has left nothing of {name}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn a_script_that_cannot_be_made_small_fails_the_build() {
        let work = env::temp_dir().join(format!("xtask-scripts-{}", std::process::id()));
        let script = || BTreeMap::from([("a.js".to_owned(), b"run()".to_vec())]);
        // It is no esbuild: it fails, or leaves nothing.
        for program in ["false", "true"] {
            assert!(minify(Path::new(program), &work, &mut script()).is_err());
        }
        let mut modules = BTreeMap::from([("a.wasm".to_owned(), b"\0asm".to_vec())]);
        let before = modules.clone();
        assert_eq!(minify(Path::new("false"), &work, &mut modules), Ok(()));
        assert_eq!(modules, before);
        let _ = fs::remove_dir_all(&work);
    }
}
