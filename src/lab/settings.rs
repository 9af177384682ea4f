//! What the person has chosen for the whole page.

/// Settings of the page, kept between visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Light, dark, or as the system says.
    pub theme: Theme,
    /// How many megabytes (of 1,000,000 bytes) of packets the trace keeps, 1 to 2,048.
    pub trace_megabytes: u32,
    /// Whether messages which this page has sent stand in the message lists too.
    pub show_sent: bool,
    /// How the payload of the selected message is shown.
    pub payload_view: PayloadView,
    /// Whether subscriptions are made again after a reconnect to a server that has kept none. Holds
    /// from the next time that `Connect` is pressed.
    pub resubscribe: bool,
    /// How the time of a message is shown.
    pub time_view: TimeView,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            trace_megabytes: 256,
            show_sent: false,
            payload_view: PayloadView::Text,
            resubscribe: true,
            time_view: TimeView::Clock,
        }
    }
}

impl Settings {
    /// The fewest megabytes the trace can be given.
    pub const TRACE_MEGABYTES_MINIMUM: u32 = 1;
    /// The most megabytes the trace can be given: the address space of the page is 4 GiB.
    pub const TRACE_MEGABYTES_MAXIMUM: u32 = 2_048;
}

/// The colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How the bytes of a payload are shown. The bytes themselves are always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PayloadView {
    /// As UTF-8 text; bytes that are none are told.
    #[default]
    Text,
    /// As JSON, indented.
    Json,
    /// As hexadecimal and ASCII.
    Hex,
}

/// How the time of a message is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeView {
    /// The local time of day.
    #[default]
    Clock,
    /// The time of day in UTC.
    Utc,
    /// Seconds since the lab was opened.
    Elapsed,
}
