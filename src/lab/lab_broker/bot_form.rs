//! What of a bot can be changed, as it is typed.

use core::time::Duration;

use super::bots::{BotRow, BotSettings};
use crate::codec::{ProtocolVersion, Qos};
use crate::lab::Lab;
use crate::lab::bots::PERIODS;
use crate::lab::connection_form::BrokerChoice;
use crate::lab::form_check::whole_number;
use crate::lab::format;
use crate::lab::refusal::Refusal;

/// The settings of a bot as they stand in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotForm {
    /// How often it publishes by itself, in seconds, with up to three decimals.
    pub period: String,
    /// The QoS at which it publishes and subscribes.
    pub qos: Qos,
    /// Its seed.
    pub seed: String,
    /// The version of MQTT it speaks.
    pub version: ProtocolVersion,
    /// Where it connects to.
    pub target: BrokerChoice,
}

/// What is wrong with the settings of a bot, field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotFaults {
    /// What is wrong with the period.
    pub period: Option<String>,
    /// What is wrong with the seed.
    pub seed: Option<String>,
}

impl BotForm {
    /// The form that these settings make.
    pub fn new(settings: &BotSettings) -> Self {
        let period = settings.period;
        let (seconds, rest) = (period.as_secs(), period.subsec_millis());
        let decimals = format!("{rest:03}");
        let decimals = decimals.trim_end_matches('0');
        Self {
            period: match decimals {
                "" => seconds.to_string(),
                decimals => format!("{seconds}.{decimals}"),
            },
            qos: settings.qos,
            seed: settings.seed.to_string(),
            version: settings.version,
            target: settings.target,
        }
    }

    /// The settings that the form comes to.
    ///
    /// # Errors
    ///
    /// What is wrong, field by field.
    pub fn check(&self) -> Result<BotSettings, BotFaults> {
        let seed =
            whole_number(&self.seed, 0, u64::MAX).map_err(|cause| Refusal::new(cause).words());
        match (seconds(&self.period), seed) {
            (Some(period), Ok(seed)) => Ok(BotSettings {
                period,
                qos: self.qos,
                seed,
                version: self.version,
                target: self.target,
            }),
            (period, seed) => Err(BotFaults {
                period: period.is_none().then(|| PERIOD.to_owned()),
                seed: seed.err(),
            }),
        }
    }
}

impl BotRow {
    /// What it has done, in one line.
    pub fn count_words(&self) -> String {
        let counts = self.counts;
        let mut words = Vec::new();
        let mut say = |number: u64, what: &str| {
            if number > 0 {
                words.push([&format::count(number), " ", what].concat());
            }
        };
        say(counts.published, "published");
        say(counts.acknowledged, "acknowledged");
        say(counts.unsent, "not sent");
        say(counts.received, "received");
        say(counts.obeyed, "obeyed");
        say(counts.refused, "not understood");
        if words.is_empty() {
            return "nothing published yet".to_owned();
        }
        words.join(" · ")
    }
}

impl BotRow {
    /// Its settings in one line.
    pub fn settings_words(&self) -> String {
        let form = BotForm::new(&self.settings);
        let qos = format!("QoS {}", form.qos.as_u8());
        if self.has_period {
            [&qos, ", every ", &form.period, " s"].concat()
        } else {
            qos
        }
    }
}

impl Lab {
    /// What the name of a bot is, for records and rows; its Client Identifier.
    pub fn bot_name(&self, key: crate::lab::ClientKey) -> Option<String> {
        let rows = self.bot_rows().into_iter();
        let row = key.is_bot().then_some(rows)?.find(|row| row.key == key)?;
        Some(row.client_id)
    }

    /// The clients of other tabs that are connected to the lab broker of this one: what the trace knows them by, and
    /// what they are called.
    pub fn guests(&self) -> Vec<(crate::lab::ClientKey, String)> {
        let keys = self.server.tabs.guests();
        let named = keys.filter_map(|key| Some((key, self.name_of(key)?)));
        named.collect()
    }

    /// What whoever a record belongs to is called: a client by its name, a device and a client of another tab by the
    /// Client Identifier. `None` where nobody knows any more.
    pub fn name_of(&self, key: crate::lab::ClientKey) -> Option<String> {
        let client = self.client(key).map(|client| client.name().to_owned());
        let client = client.or_else(|| self.bot_name(key));
        client.or_else(|| {
            let name = self.server.tabs.name_of(key);
            name.or_else(|| {
                key.is_of_other_tab()
                    .then(|| "a client of another tab".to_owned())
            })
        })
    }
}

const PERIOD: &str = "This must be a number of seconds from 0.01 to 86400, such as 5 or 0.5.";

/// A number of seconds with up to three decimals, within [`PERIODS`].
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 3 {
        return None;
    }
    let milliseconds = format!("{decimals:0<3}").parse().ok()?;
    let period = Duration::from_secs(whole.parse().ok()?)
        .checked_add(Duration::from_millis(milliseconds))?;
    PERIODS.contains(&period).then_some(period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(period: Duration) -> BotSettings {
        BotSettings {
            period,
            qos: Qos::AtLeastOnce,
            seed: u64::MAX,
            version: ProtocolVersion::V3_1_1,
            target: BrokerChoice::LabBroker,
        }
    }

    #[test]
    fn settings_go_through_the_form_unchanged() {
        for milliseconds in [10, 500, 1_000, 1_250, 60_000, 86_400_000] {
            let settings = settings(Duration::from_millis(milliseconds));
            assert_eq!(BotForm::new(&settings).check(), Ok(settings));
        }
        let form = BotForm::new(&settings(Duration::from_millis(2_500)));
        assert_eq!(form.period, "2.5");
        let form = BotForm::new(&settings(Duration::from_secs(100)));
        assert_eq!(form.period, "100");
    }

    #[test]
    fn what_is_wrong_is_said_field_by_field() {
        for (text, expected) in [
            ("0,5", Some(500)),
            (" 0.01 ", Some(10)),
            ("0.009", None),
            ("86400.001", None),
            ("1.2345", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
            (".", None),
            ("99999999999999999999", None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(seconds(text), expected, "{text}");
        }
        let form = BotForm {
            period: "soon".to_owned(),
            seed: "-1".to_owned(),
            ..BotForm::new(&settings(Duration::from_secs(1)))
        };
        let faults = form.check().unwrap_err();
        assert_eq!(faults.period.as_deref(), Some(PERIOD));
        assert!(faults.seed.unwrap().contains("whole number"));
    }
}
