//! What tests need from the operating system: a browser with its driver, a real MQTT server, and tshark.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::process::{answer, find_in, path_folders, path_with, run};
use crate::report::{Failure, Outcome, Stopwatch};

/// A program that tests call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Chromium,
    Chromedriver,
    Mosquitto,
    MosquittoClients,
    /// With what makes an environment of its own.
    Python,
    Npm,
    /// Reads captures as Wireshark does, and comes with it.
    Tshark,
}

impl Need {
    /// What it is called, by those who package it.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &[
                "chromium",
                "chromium-browser",
                "google-chrome",
                "google-chrome-stable",
                "chrome",
                "Google Chrome",
                "Chromium",
            ],
            Self::Chromedriver => &["chromedriver"],
            Self::Mosquitto => &["mosquitto"],
            Self::MosquittoClients => &["mosquitto_pub"],
            Self::Python => &["python3", "python"],
            Self::Npm => &["npm"],
            Self::Tshark => &["tshark"],
        }
    }

    /// The variable in which test programs, and the wasm-bindgen test runner, look for it.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::Chromium => Some("CHROMIUM"),
            Self::Chromedriver => Some("CHROMEDRIVER"),
            Self::Mosquitto => Some("MOSQUITTO"),
            Self::Tshark => Some("TSHARK"),
            Self::MosquittoClients | Self::Python | Self::Npm => None,
        }
    }

    /// Where it is.
    pub(crate) fn find(self) -> Option<PathBuf> {
        if let Some(told) = self.variable().and_then(env::var_os) {
            return Some(PathBuf::from(told));
        }
        let folders = folders();
        self.programs()
            .iter()
            .filter_map(|name| find_in(&folders, name))
            .find(|path| self.is_complete(path))
    }

    /// Whether the program at `path` has all its parts: Debian packs Python's `venv` apart.
    fn is_complete(self, path: &Path) -> bool {
        self != Self::Python || answer(path, &["-c", "import ensurepip, venv"]).is_some()
    }
}

/// Sets up what is missing of `needs`; answers the environment that tells test programs where
/// everything is.
pub(crate) fn set_up(needs: &[Need]) -> Outcome<Vec<(String, PathBuf)>> {
    let missing = missing(needs);
    if !missing.is_empty() {
        install(&missing)?;
    }
    let mut environment = vec![("PATH".to_owned(), PathBuf::from(path_with(&folders())?))];
    for need in needs {
        if let (Some(variable), Some(path)) = (need.variable(), need.find()) {
            environment.push((variable.to_owned(), path));
        }
    }
    Ok(environment)
}

fn missing(needs: &[Need]) -> Vec<Need> {
    needs
        .iter()
        .copied()
        .filter(|need| need.find().is_none())
        .collect()
}

/// The `PATH`, and where systems put programs that it often lacks.
fn folders() -> Vec<PathBuf> {
    let mut folders = path_folders();
    let usual: &[&str] = if cfg!(windows) {
        &[
            r"C:\Program Files\Google\Chrome\Application",
            r"C:\Program Files\Chromium\Application",
            r"C:\Program Files\mosquitto",
            r"C:\Program Files\Wireshark",
        ]
    } else if cfg!(target_os = "macos") {
        &[
            "/opt/homebrew/bin",
            "/opt/homebrew/sbin",
            "/usr/local/sbin",
            "/Applications/Wireshark.app/Contents/MacOS",
            "/Applications/Google Chrome.app/Contents/MacOS",
            "/Applications/Chromium.app/Contents/MacOS",
        ]
    } else {
        &[
            "/usr/sbin",
            "/usr/local/sbin",
            "/usr/lib/chromium-browser",
            "/usr/lib64/chromium-browser",
        ]
    };
    for folder in usual.iter().map(PathBuf::from) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// The families of systems that differ in how a program is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Debian,
    Ubuntu,
    Fedora,
    Arch,
    Suse,
    Alpine,
    Mac,
    Windows,
    Other,
}

impl System {
    fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Mac
        } else {
            Self::from_os_release(&fs::read_to_string("/etc/os-release").unwrap_or_default())
        }
    }

    fn from_os_release(text: &str) -> Self {
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .unwrap_or_default()
                .trim_matches('"')
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        for name in names.split_whitespace() {
            match name {
                "ubuntu" => return Self::Ubuntu,
                "debian" => return Self::Debian,
                "fedora" | "rhel" | "centos" => return Self::Fedora,
                "arch" => return Self::Arch,
                "suse" | "opensuse" => return Self::Suse,
                "alpine" => return Self::Alpine,
                _ => {}
            }
        }
        Self::Other
    }

    /// The commands that install `needs`, as one would type them.
    fn commands(self, needs: &[Need]) -> Vec<String> {
        let install = match self {
            Self::Debian | Self::Ubuntu => "sudo apt-get install -y",
            Self::Fedora => "sudo dnf install -y",
            Self::Arch => "sudo pacman -S --needed",
            Self::Suse => "sudo zypper install -y",
            Self::Alpine => "sudo apk add",
            Self::Mac => "brew install",
            Self::Windows => {
                let winget: Vec<String> = self
                    .packages(needs)
                    .iter()
                    .map(|package| format!("winget install --exact --id {package}"))
                    .collect();
                return vec![
                    winget.join("\n  "),
                    "choco install googlechrome chromedriver mosquitto python nodejs wireshark  (with Chocolatey)"
                        .to_owned(),
                ];
            }
            Self::Other => {
                return vec![
                    "install Chromium, chromedriver, mosquitto and its clients, Python with venv, npm and \
                     tshark with your system's package manager"
                        .to_owned(),
                ];
            }
        };
        let mut commands = Vec::new();
        if matches!(self, Self::Debian | Self::Ubuntu) {
            commands.push("sudo apt-get update".to_owned());
        }
        commands.push(format!("{install} {}", self.packages(needs).join(" ")));
        commands
    }

    fn packages(self, needs: &[Need]) -> Vec<&'static str> {
        let mut packages: Vec<&str> = needs.iter().map(|need| self.package(*need)).collect();
        packages.dedup();
        packages
    }

    fn package(self, need: Need) -> &'static str {
        match (self, need) {
            (Self::Mac, Need::Chromium) => "--cask google-chrome",
            (Self::Mac, Need::Chromedriver) => "--cask chromedriver",
            (Self::Windows, Need::Chromium) => "Google.Chrome",
            (Self::Windows, Need::Chromedriver) => "Chromium.ChromeDriver",
            (Self::Windows, Need::Mosquitto | Need::MosquittoClients) => {
                "EclipseFoundation.Mosquitto"
            }
            (Self::Windows, Need::Python) => "Python.Python.3.13",
            (Self::Windows, Need::Tshark) => "WiresharkFoundation.Wireshark",
            (Self::Windows, Need::Npm) => "OpenJS.NodeJS.LTS",
            (Self::Ubuntu, Need::Chromium) => "chromium-browser",
            (_, Need::Chromium) => "chromium",
            (Self::Debian, Need::Chromedriver) => "chromium-driver",
            (Self::Ubuntu | Self::Alpine, Need::Chromedriver) => "chromium-chromedriver",
            (Self::Arch, Need::Chromedriver) => "chromium",
            (_, Need::Chromedriver) => "chromedriver",
            (Self::Debian | Self::Ubuntu | Self::Alpine, Need::MosquittoClients) => {
                "mosquitto-clients"
            }
            (_, Need::Mosquitto | Need::MosquittoClients) => "mosquitto",
            (Self::Debian | Self::Ubuntu, Need::Python) => "python3-venv",
            (Self::Arch | Self::Mac, Need::Python) => "python",
            (_, Need::Python) => "python3",
            (Self::Mac, Need::Npm) => "node",
            (_, Need::Npm) => "npm",
            (Self::Fedora | Self::Arch, Need::Tshark) => "wireshark-cli",
            (Self::Suse | Self::Mac, Need::Tshark) => "wireshark",
            (_, Need::Tshark) => "tshark",
        }
    }
}

fn install(needs: &[Need]) -> Outcome<()> {
    let system = System::current();
    let names: Vec<&str> = needs.iter().map(|need| need.programs()[0]).collect();
    let by_hand = format!(
        "tests need {}, which this system lacks; to install:\n  {}",
        names.join(", "),
        system.commands(needs).join("\n  ")
    );
    let is_apt = matches!(system, System::Debian | System::Ubuntu);
    if !is_apt || !is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return Err(Failure::new(by_hand));
    }
    println!(
        "Installing {} with apt-get: tests need them. Usually one to three minutes.",
        names.join(", ")
    );
    let time = Stopwatch::start();
    let apt = |arguments: &[&str]| {
        run(Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(std::process::Stdio::null()))
    };
    apt(&["update", "-q"])?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(system.packages(needs));
    apt(&arguments)?;
    let still_missing = missing(needs);
    if still_missing.is_empty() {
        println!("Installed in {}.", time.read());
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{still_missing:?} cannot be found after installing; {by_hand}"
        )))
    }
}

fn is_root() -> bool {
    answer("id", &["-u"]).as_deref() == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Need; 7] = [
        Need::Chromium,
        Need::Chromedriver,
        Need::Mosquitto,
        Need::MosquittoClients,
        Need::Python,
        Need::Npm,
        Need::Tshark,
    ];

    #[test]
    fn systems_are_told_apart() {
        for (text, system) in [
            ("ID=debian\n", System::Debian),
            (
                "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n",
                System::Ubuntu,
            ),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", System::Ubuntu),
            (
                "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n",
                System::Suse,
            ),
            ("ID=manjaro\nID_LIKE=arch\n", System::Arch),
            ("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n", System::Fedora),
            ("", System::Other),
        ] {
            assert_eq!(System::from_os_release(text), system, "{text}");
        }
    }

    #[test]
    fn every_system_is_told_what_to_type() {
        assert_eq!(
            System::Debian.commands(&ALL),
            [
                "sudo apt-get update",
                "sudo apt-get install -y chromium chromium-driver mosquitto mosquitto-clients \
                 python3-venv npm tshark"
            ]
        );
        assert_eq!(
            System::Arch.commands(&ALL),
            ["sudo pacman -S --needed chromium mosquitto python npm wireshark-cli"]
        );
        assert_eq!(
            System::Fedora.commands(&[Need::Mosquitto]),
            ["sudo dnf install -y mosquitto"]
        );
        for system in [
            System::Mac,
            System::Windows,
            System::Suse,
            System::Alpine,
            System::Other,
        ] {
            assert!(!system.commands(&ALL).is_empty());
        }
    }
}
