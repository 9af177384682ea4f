//! The tools the page is built with: found where they are, or put into `.tools/`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::process::{answer, cargo, find_in, path_folders, path_with, run};
use crate::report::{Failure, Outcome, Stopwatch};

/// The newest trunk that builds with the project's minimum Rust.
const TRUNK: &str = "0.21.14";
/// The version of npm's binaryen; it contains `wasm-opt`.
const BINARYEN: &str = "132.0.0";
/// Older ones refuse what today's rustc emits, or to leave out several of their passes.
const OLDEST_WASM_OPT: u32 = 119;
/// The version of npm's esbuild, which makes scripts smaller.
const ESBUILD: &str = "0.25.12";
const CARGO_FUZZ: &str = "0.13.2";
/// The version of npm's mqtt that the page is measured beside, and that the broker is tested with.
const MQTTJS: &str = "5.16.0";

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Where MQTT.js for a browser is; in the folders around it is the one for Node.js.
pub(crate) fn mqttjs(root: &Path) -> Outcome<PathBuf> {
    let places = Places::new(root);
    let package = places.tools.join("npm").join("node_modules").join("mqtt");
    let script = package.join("dist").join("mqtt.min.js");
    let wanted = format!("\"version\": \"{MQTTJS}\"");
    let is_there = || {
        let description = fs::read_to_string(package.join("package.json"));
        description.is_ok_and(|text| text.contains(&wanted)) && script.is_file()
    };
    if !is_there() {
        let npm = find_in(&places.folders, "npm").ok_or_else(|| {
            Failure::new(
                "npm is missing; MQTT.js, which the page and the broker are held against, comes with it",
            )
        })?;
        println!(
            "Fetching MQTT.js {MQTTJS} into .tools/: the page and the broker are held against it. \
             Usually under a minute."
        );
        places.npm_install(&npm, "mqtt", MQTTJS)?;
        if !is_there() {
            return Err(Failure::new(format!(
                "MQTT.js {MQTTJS} was fetched, but is not in {}",
                package.display()
            )));
        }
    }
    Ok(script)
}

/// Where everything is that the page is built with.
pub(crate) struct Toolbox {
    /// Folders to look in before the `PATH`.
    folders: Vec<PathBuf>,
    pub(crate) trunk: PathBuf,
    pub(crate) wasm_bindgen: PathBuf,
    pub(crate) wasm_bindgen_test_runner: PathBuf,
    pub(crate) wasm_opt: WasmOpt,
    /// The program, where it is known.
    pub(crate) wasm_opt_program: Option<PathBuf>,
    /// What makes scripts smaller, where it is known.
    pub(crate) esbuild: Option<PathBuf>,
}

/// Where `wasm-opt`, which makes the page smaller, comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WasmOpt {
    /// On the `PATH` that [`Toolbox::path`] makes.
    Found,
    /// Nowhere; trunk may be able to download it.
    LeftToTrunk,
}

impl Toolbox {
    /// The `PATH` on which trunk finds what it calls.
    pub(crate) fn path(&self) -> Outcome<OsString> {
        path_with(&self.folders)
    }

    /// A trunk that finds the other tools and asks for nothing from the network.
    pub(crate) fn trunk(&self, root: &Path) -> Outcome<Command> {
        let mut trunk = Command::new(&self.trunk);
        trunk
            .current_dir(root)
            .env("PATH", self.path()?)
            .env("TRUNK_SKIP_VERSION_CHECK", "true");
        // trunk takes "NO_COLOR=1", which others set, for a wrong boolean.
        if env::var_os("NO_COLOR").is_some() {
            trunk.env("NO_COLOR", "true");
        }
        if self.wasm_opt == WasmOpt::LeftToTrunk {
            // Without a version trunk would take any wasm-opt on the PATH, however old.
            trunk.env("TRUNK_TOOLS_WASM_OPT", "version_123");
        }
        Ok(trunk)
    }
}

/// Sets up everything that is missing to build and serve the page.
pub(crate) fn set_up(root: &Path) -> Outcome<Toolbox> {
    wasm_target()?;
    let places = Places::new(root);

    let trunk = match places.find("trunk", |path| has_version(path, TRUNK)) {
        Some(path) => path,
        None => {
            let why = "it builds and serves the page";
            places.install("trunk", TRUNK, &["--locked"], why, "4 to 15 minutes")?;
            places.installed("trunk")?
        }
    };

    let version = wasm_bindgen_version(root)?;
    let is_right = |path: &Path| has_version(path, &version) && test_runner(path).is_some();
    let wasm_bindgen = match places.find("wasm-bindgen", is_right) {
        Some(path) => path,
        None => {
            let why =
                "it joins WebAssembly to JavaScript, and must equal Cargo.lock's wasm-bindgen";
            // Not `--locked`: the lock file that comes with it names crates that were withdrawn.
            places.install("wasm-bindgen-cli", &version, &[], why, "1 to 4 minutes")?;
            places.installed("wasm-bindgen")?
        }
    };
    let wasm_bindgen_test_runner = test_runner(&wasm_bindgen)
        .ok_or_else(|| Failure::new("wasm-bindgen-test-runner is missing beside wasm-bindgen"))?;

    let wasm_opt = places.wasm_opt();
    let mut folders: Vec<PathBuf> = [Some(&trunk), Some(&wasm_bindgen), wasm_opt.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|program| program.parent().map(Path::to_path_buf))
        .collect();
    folders.dedup();
    Ok(Toolbox {
        folders,
        trunk,
        wasm_bindgen,
        wasm_bindgen_test_runner,
        wasm_opt: match wasm_opt {
            Some(_) => WasmOpt::Found,
            None => WasmOpt::LeftToTrunk,
        },
        wasm_opt_program: wasm_opt,
        esbuild: places.esbuild(),
    })
}

/// Makes sure that the compiler can compile for the browser.
pub(crate) fn wasm_target() -> Outcome<()> {
    let is_there = || {
        answer(
            "rustc",
            &["--print", "target-libdir", "--target", WASM_TARGET],
        )
        .is_some_and(|folder| Path::new(&folder).is_dir())
    };
    if is_there() {
        return Ok(());
    }
    println!("Adding the Rust target {WASM_TARGET}: the page is WebAssembly. Usually 10 seconds.");
    let time = Stopwatch::start();
    run(Command::new("rustup").args(["target", "add", WASM_TARGET])).map_err(|failure| {
        Failure::new(format!(
            "{failure}; without rustup, install your system's Rust for {WASM_TARGET}"
        ))
    })?;
    println!("Added in {}.", time.read());
    Ok(())
}

/// Makes sure that rustup's component `name`, which gives `cargo <command>`, is there.
pub(crate) fn component(name: &str, command: &str) -> Outcome<()> {
    if answer("cargo", &[command, "--version"]).is_some() {
        return Ok(());
    }
    println!("Adding Rust's {name}: `cargo {command}` is one of the checks. Usually 10 seconds.");
    let time = Stopwatch::start();
    run(Command::new("rustup").args(["component", "add", name]))?;
    println!("Added in {}.", time.read());
    Ok(())
}

/// Sets up cargo-fuzz; answers the `PATH` on which cargo finds it.
pub(crate) fn cargo_fuzz(root: &Path) -> Outcome<OsString> {
    let places = Places::new(root);
    let runs = |path: &Path| answer(path, &["--version"]).is_some();
    if places.find("cargo-fuzz", runs).is_none() {
        let why = "it builds and runs the fuzz targets";
        places.install(
            "cargo-fuzz",
            CARGO_FUZZ,
            &["--locked"],
            why,
            "1 to 3 minutes",
        )?;
    }
    path_with(&places.folders)
}

/// Where tools are looked for, and where they are put.
struct Places {
    tools: PathBuf,
    folders: Vec<PathBuf>,
}

impl Places {
    fn new(root: &Path) -> Self {
        let tools = root.join(".tools");
        let cargo_home = env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
        let mut folders = vec![tools.join("bin"), npm_programs(&tools)];
        folders.extend(path_folders());
        folders.extend(cargo_home.map(|home| home.join("bin")));
        Self { tools, folders }
    }

    /// The first program of that name which `is_right`.
    fn find(&self, name: &str, is_right: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        self.folders
            .iter()
            .filter_map(|folder| find_in(std::slice::from_ref(folder), name))
            .find(|path| is_right(path))
    }

    fn installed(&self, name: &str) -> Outcome<PathBuf> {
        find_in(&[self.tools.join("bin")], name)
            .ok_or_else(|| Failure::new(format!("{name} was installed, but is not in .tools/bin")))
    }

    /// Puts one crate's programs into `.tools/bin`: prebuilt if that is possible, else compiled.
    fn install(
        &self,
        name: &str,
        version: &str,
        options: &[&str],
        why: &str,
        usually: &str,
    ) -> Outcome<()> {
        let time = Stopwatch::start();
        if find_in(&self.folders, "cargo-binstall").is_some() {
            println!("Fetching {name} {version} into .tools/: {why}. Usually under a minute.");
            let mut fetch = cargo();
            fetch
                .args(["binstall", "--no-confirm", "--force", "--root"])
                .arg(&self.tools)
                .arg(format!("{name}@{version}"));
            match run(&mut fetch) {
                Ok(()) => {
                    println!("Fetched {name} in {}.", time.read());
                    return Ok(());
                }
                Err(failure) => println!("{failure}; compiling it instead."),
            }
        }
        println!("Compiling {name} {version} into .tools/: {why}. Usually {usually}, once.");
        let mut install = cargo();
        install
            .args(["install", name, "--version", version, "--force"])
            .args(options)
            .arg("--root")
            .arg(&self.tools);
        run(&mut install)?;
        println!("Compiled {name} in {}.", time.read());
        Ok(())
    }

    /// A `wasm-opt` that is new enough: one that is there, or npm's.
    fn wasm_opt(&self) -> Option<PathBuf> {
        let is_right = |path: &Path| {
            answer(path, &["--version"])
                .and_then(|words| wasm_opt_version(&words))
                .is_some_and(|version| version >= OLDEST_WASM_OPT)
        };
        if let Some(path) = self.find("wasm-opt", is_right) {
            return Some(path);
        }
        let npm = find_in(&self.folders, "npm")?;
        println!(
            "Fetching wasm-opt (npm's binaryen {BINARYEN}) into .tools/: it makes the page smaller. \
             Usually under a minute."
        );
        let time = Stopwatch::start();
        match self.npm_install(&npm, "binaryen", BINARYEN) {
            Ok(()) => println!("Fetched wasm-opt in {}.", time.read()),
            Err(failure) => println!("{failure}; leaving wasm-opt to trunk."),
        }
        self.find("wasm-opt", is_right)
    }

    /// `esbuild`: the one that is there, or npm's.
    fn esbuild(&self) -> Option<PathBuf> {
        let is_right = |path: &Path| answer(path, &["--version"]).as_deref() == Some(ESBUILD);
        if let Some(path) = self.find("esbuild", is_right) {
            return Some(path);
        }
        let npm = find_in(&self.folders, "npm")?;
        println!(
            "Fetching esbuild (npm's, {ESBUILD}) into .tools/: it makes the page's scripts smaller. \
             Usually under a minute."
        );
        let time = Stopwatch::start();
        match self.npm_install(&npm, "esbuild", ESBUILD) {
            Ok(()) => println!("Fetched esbuild in {}.", time.read()),
            Err(failure) => println!("{failure}; the scripts stay as they are."),
        }
        self.find("esbuild", is_right)
    }

    /// Puts an npm package into `.tools/npm`.
    fn npm_install(&self, npm: &Path, name: &str, version: &str) -> Outcome<()> {
        let folder = self.tools.join("npm");
        fs::create_dir_all(&folder).map_err(|error| {
            Failure::new(format!("cannot create {}: {error}", folder.display()))
        })?;
        run(Command::new(npm)
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(format!("{name}@{version}")))
    }
}

/// Where npm puts the programs of what is installed under `.tools/npm`.
fn npm_programs(tools: &Path) -> PathBuf {
    tools.join("npm").join("node_modules").join(".bin")
}

fn test_runner(wasm_bindgen: &Path) -> Option<PathBuf> {
    find_in(
        &[wasm_bindgen.parent()?.to_path_buf()],
        "wasm-bindgen-test-runner",
    )
}

/// Whether `program --version` says "name version".
fn has_version(program: &Path, version: &str) -> bool {
    answer(program, &["--version"])
        .is_some_and(|words| words.split_whitespace().nth(1) == Some(version))
}

/// 132 from "wasm-opt version 132 (version_132)".
fn wasm_opt_version(words: &str) -> Option<u32> {
    words.split_whitespace().nth(2)?.parse().ok()
}

fn wasm_bindgen_version(root: &Path) -> Outcome<String> {
    let path = root.join("Cargo.lock");
    let lock = fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
    locked_version(&lock, "wasm-bindgen")
        .ok_or_else(|| Failure::new("Cargo.lock holds no wasm-bindgen, which the page needs"))
}

/// The version that a Cargo.lock holds of `package`.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{package}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_package_itself() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.99\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn wasm_opt_tells_its_version() {
        assert_eq!(
            wasm_opt_version("wasm-opt version 132 (version_132)"),
            Some(132)
        );
        assert_eq!(wasm_opt_version("wasm-opt version 108"), Some(108));
        assert_eq!(wasm_opt_version("something else"), None);
    }
}
