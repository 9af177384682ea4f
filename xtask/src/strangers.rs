//! The lab's broker on sockets, and other people's clients that are driven against it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{answer, cargo, run, shown};
use crate::report::{Failure, Outcome, Stopwatch};
use crate::system::{self, Need};
use crate::tools;

/// The package that serves the broker, and whose tests drive strangers against it.
pub(crate) const BROKER_SERVER: &str = "mqtt-lab-broker-server";

/// The version of paho-mqtt that is driven against the broker.
const PAHO: &str = "2.1.0";

/// Serves the lab's broker until Ctrl-C.
pub(crate) fn broker(root: &Path, arguments: &[String]) -> Outcome<()> {
    run(cargo()
        .args(["run", "--quiet", "--profile", "server"])
        .args(["--package", BROKER_SERVER, "--"])
        .args(arguments)
        .current_dir(root))
}

/// Sets up the strangers; answers the environment in which their tests find them.
pub(crate) fn set_up(root: &Path, needs: &[Need]) -> Outcome<Vec<(String, PathBuf)>> {
    let mut environment = system::set_up(needs)?;
    let python = paho(root)?;
    let script = tools::mqttjs(root)?;
    environment.push(("PAHO_PYTHON".to_owned(), python));
    environment.push(("MQTTJS".to_owned(), script));
    Ok(environment)
}

/// A Python of its own that has paho-mqtt.
fn paho(root: &Path) -> Outcome<PathBuf> {
    let folder = root.join(".tools").join("python");
    let python = if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    };
    let version = ["-c", "import paho.mqtt as paho; print(paho.__version__)"];
    let is_there = || answer(&python, &version).as_deref() == Some(PAHO);
    if is_there() {
        return Ok(python);
    }
    println!(
        "Fetching paho-mqtt {PAHO} into .tools/: the broker is tested with it. Usually under a minute."
    );
    let time = Stopwatch::start();
    let system_python = Need::Python.find().ok_or_else(|| {
        Failure::new("python3 cannot be found; paho-mqtt, a test client, needs it")
    })?;
    run(Command::new(system_python)
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet"])
        .args(["--disable-pip-version-check", "--no-input"])
        .arg(format!("paho-mqtt=={PAHO}"));
    run(&mut install)?;
    if !is_there() {
        let command = shown(&install);
        return Err(Failure::new(format!(
            "paho-mqtt {PAHO} cannot be used although {command} succeeded"
        )));
    }
    println!("Fetched in {}.", time.read());
    Ok(python)
}
