//! Finding and running other programs, without a shell.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::report::{Failure, Outcome};

/// The cargo that runs this program, so that a chosen toolchain stays chosen.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs `command` with its output on the terminal; anything but success is a failure.
pub(crate) fn run(command: &mut Command) -> Outcome<()> {
    let status = command
        .status()
        .map_err(|error| Failure::new(format!("cannot start {}: {error}", shown(command))))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{} ended with {status}",
            shown(command)
        )))
    }
}

/// Runs `command`, echoes each line of its standard output and hands it to `each_line`; answers
/// whether it succeeded.
pub(crate) fn run_and_watch(
    command: &mut Command,
    mut each_line: impl FnMut(&str),
) -> Outcome<bool> {
    let cannot = |what: &str, command: &Command, error: &dyn std::fmt::Display| {
        Failure::new(format!("cannot {what} {}: {error}", shown(command)))
    };
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| cannot("start", command, &error))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        // A line that is not UTF-8 must not end the watching: the child would block on a full pipe.
        while reader
            .read_until(b'\n', &mut line)
            .map_err(|error| cannot("read from", command, &error))?
            > 0
        {
            let mut terminal = std::io::stdout().lock();
            // A closed terminal is no reason to stop counting.
            let _ = terminal.write_all(&line).and_then(|()| terminal.flush());
            each_line(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }
    let status = child
        .wait()
        .map_err(|error| cannot("await", command, &error))?;
    Ok(status.success())
}

/// What `program` prints to standard output when called with `arguments`, if it runs and succeeds.
pub(crate) fn answer(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The full path of `name` in one of `folders`, with the endings Windows uses.
pub(crate) fn find_in(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) {
        &[".exe", ".cmd", ".bat"]
    } else {
        &[""]
    };
    folders
        .iter()
        .flat_map(|folder| {
            endings
                .iter()
                .map(move |ending| folder.join(format!("{name}{ending}")))
        })
        .find(|path| is_program(path))
}

/// The folders of the `PATH` variable.
pub(crate) fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// A `PATH` that looks in `first` before everything else.
pub(crate) fn path_with(first: &[PathBuf]) -> Outcome<OsString> {
    env::join_paths(first.iter().cloned().chain(path_folders()))
        .map_err(|error| Failure::new(format!("cannot put the tools on the PATH: {error}")))
}

/// `command` as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    let mut words = format!("`{}", name.to_string_lossy());
    for argument in command.get_args() {
        words.push(' ');
        words.push_str(&argument.to_string_lossy());
    }
    words.push('`');
    words
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_its_folder() {
        let mut command = Command::new("/somewhere/bin/trunk");
        command.args(["build", "--release"]);
        assert_eq!(shown(&command), "`trunk build --release`");
    }

    #[test]
    fn output_is_watched_line_by_line_and_failure_is_told() {
        let mut lines = 0;
        let ok = run_and_watch(cargo().arg("--version"), |line| {
            assert!(line.starts_with("cargo "));
            lines += 1;
        });
        assert_eq!((ok, lines), (Ok(true), 1));
        let mut wrong = cargo();
        wrong.arg("no-such-command").stderr(Stdio::null());
        assert_eq!(run_and_watch(&mut wrong, |_| {}), Ok(false));
    }

    #[test]
    fn a_program_is_found_only_where_it_is() {
        let folders = path_folders();
        assert!(find_in(&folders, "cargo").is_some());
        assert!(find_in(&folders, "no-such-program-anywhere").is_none());
    }
}
