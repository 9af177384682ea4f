//! `cargo xtask broker`: the lab's broker on this computer's own sockets.

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use mqtt_lab::broker::Preset;
use mqtt_lab_broker_server::{Server, Settings, loopback, options_help, set_option};

const HELP: &str = "\
cargo xtask broker [--tcp ADDRESS] [--ws ADDRESS] [--preset NAME] [--option KEY=VALUE ...] [--seed N]
                   [--events]

Serves the broker that is inside the page on this computer's loopback addresses. It is a test
bench, for outside test suites and other people's clients, and not for production: no TLS, no
storage, no other computer.

  --tcp ADDRESS      where to listen for MQTT, for example 127.0.0.1:1884; port 0 is any free one
  --ws ADDRESS       where to listen for MQTT over WebSocket, for example 127.0.0.1:9002
                     (without either: both of these)
  --preset NAME      options that imitate a product; they are listed below
  --option KEY=VALUE one option, after the preset's; they are listed below
  --seed N           what assigned Client Identifiers are made of (0 unless told)
  --events           print everything that happens inside the broker, a line each

";

/// What the command line asks for.
enum Wish {
    Help,
    Serve(Box<Settings>),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match read(&arguments) {
        Ok(Wish::Help) => {
            print!("{HELP}{}", lists());
            Ok(())
        }
        Ok(Wish::Serve(settings)) => serve(*settings).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: Settings) -> Result<()> {
    // Before anything is said: whoever reads it may end it at once.
    let ends = Ends::new()?;
    let server = Server::start(settings).await?;
    println!("MQTT Lab's broker: a test bench on this computer, not for production.");
    if let Some(address) = server.tcp() {
        println!("listening: mqtt://{address}");
    }
    if let Some(address) = server.websocket() {
        println!("listening: ws://{address}/mqtt");
    }
    println!("Ctrl-C ends it.");
    ends.come().await;
    server.stop().await;
    println!("ended");
    Ok(())
}

/// What tells the program to end.
#[cfg(unix)]
struct Ends {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ends {
    /// Listens from now on.
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn come(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What tells the program to end.
#[cfg(windows)]
struct Ends(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Ends {
    /// Listens from now on.
    fn new() -> Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn come(mut self) {
        self.0.recv().await;
    }
}

fn read(arguments: &[String]) -> Result<Wish> {
    let mut settings = Settings::default();
    let mut preset = None;
    let mut changes = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        let mut value = || {
            inline
                .clone()
                .or_else(|| rest.next().cloned())
                .with_context(|| format!("`{name}` needs a value; --help says which"))
        };
        match name {
            "--help" | "-h" => return Ok(Wish::Help),
            "--tcp" => settings.tcp = Some(loopback(&value()?)?),
            "--ws" => settings.websocket = Some(loopback(&value()?)?),
            "--preset" => preset = Some(value()?),
            "--option" => changes.push(value()?),
            "--seed" => settings.seed = value()?.parse().context("`--seed` is a number")?,
            "--events" => settings.shows_events = true,
            unknown => bail!("there is no `{unknown}`; --help lists what there is"),
        }
    }
    if let Some(slug) = preset {
        settings.options = Preset::by_slug(&slug)
            .with_context(|| format!("there is no preset `{slug}`; there are\n{}", presets()))?
            .options();
    }
    for change in &changes {
        set_option(&mut settings.options, change)?;
    }
    settings.options.events = settings.shows_events;
    if settings.tcp.is_none() && settings.websocket.is_none() {
        settings.tcp = Some(loopback("127.0.0.1:1884")?);
        settings.websocket = Some(loopback("127.0.0.1:9002")?);
    }
    Ok(Wish::Serve(Box::new(settings)))
}

fn lists() -> String {
    format!("Presets:\n{}Options:\n{}", presets(), options_help())
}

fn presets() -> String {
    Preset::ALL
        .iter()
        .map(|preset| {
            let facts = preset.facts.join(" ");
            format!("  {:<12} {}. {facts}\n", preset.slug, preset.name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read() {
        let settings = serve(&[
            "--preset",
            "aws",
            "--option",
            "maximum_qos=2",
            "--tcp=127.0.0.1:0",
        ]);
        assert_eq!(settings.options.maximum_subscriptions, 50);
        assert_eq!(settings.options.maximum_qos.as_u8(), 2);
        assert_eq!(settings.tcp, Some(loopback("0").unwrap()));
        assert_eq!(settings.websocket, None);
        assert!(!settings.options.events);

        let settings = serve(&[]);
        assert_eq!(settings.tcp, Some(loopback("1884").unwrap()));
        assert_eq!(settings.websocket, Some(loopback("9002").unwrap()));
        assert!(serve(&["--events"]).options.events);
        let wish = read(&["--help".to_owned()]).unwrap();
        assert!(matches!(wish, Wish::Help));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (words, part) in [
            (&["--tcp", "0.0.0.0:1884"][..], "test bench"),
            (&["--tcp"], "needs a value"),
            (&["--preset", "rabbitmq"], "mosquitto"),
            (&["--option", "x=1"], "--help"),
            (&["--fast"], "--fast"),
            (&["--seed", "x"], "--seed"),
        ] {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let error = read(&words).err().expect("it is refused");
            assert!(format!("{error:#}").contains(part), "{error:#}");
        }
    }

    fn serve(words: &[&str]) -> Settings {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        match read(&words).unwrap() {
            Wish::Serve(settings) => *settings,
            Wish::Help => panic!("this is no wish for help"),
        }
    }
}
