//! What the screen can ask of the chart.

use crate::lab::errand::CarryOut;
use crate::lab::keys::SeriesKey;
use crate::lab::payload::JsonPath;
use crate::lab::refusal::{Refusal, RefusalCause};
use crate::lab::{ClientKey, Lab};

/// One thing a person does with the chart; a [`Command`](crate::lab::Command) can be made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartCommand {
    /// Draw a number in the payloads of a topic over time. At most
    /// [`SERIES_MAXIMUM`](super::SERIES_MAXIMUM) lines.
    AddSeries {
        /// Whose chart.
        client: ClientKey,
        /// The Topic Name.
        topic: String,
        /// Where in the payload's JSON; `None`: the payload is the number. From
        /// [`Lab::numbers_of`].
        path: Option<JsonPath>,
    },
    /// Take a line out of the chart.
    RemoveSeries {
        /// Whose chart.
        client: ClientKey,
        /// Which line.
        series: SeriesKey,
    },
}

impl CarryOut for ChartCommand {
    fn client(&self) -> Option<ClientKey> {
        match self {
            Self::AddSeries { client, .. } | Self::RemoveSeries { client, .. } => Some(*client),
        }
    }

    fn carry_out(self: Box<Self>, lab: &mut Lab) -> Result<(), Refusal> {
        match *self {
            Self::AddSeries {
                client,
                topic,
                path,
            } => lab.add_series(client, topic, path),
            Self::RemoveSeries { client, series } => {
                let all = lab.messages_mut(client)?.series_mut();
                let before = all.len();
                all.retain(|own| own.key != series);
                if all.len() == before {
                    return Err(Refusal::new(RefusalCause::UnknownSeries));
                }
                Ok(())
            }
        }
    }
}
