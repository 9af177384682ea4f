//! Pictures, drawn as strokes on a grid of 16 by 16.

use leptos::prelude::*;

use crate::ui::element::view;

/// A picture. It never stands for a word on its own: the control around it has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// One node that reaches three: the page's own mark.
    Brand,
    /// A plus sign: add one.
    Add,
    /// A cross: close, or take away.
    Close,
    /// A tick: done.
    Done,
    /// Two sheets: copy or duplicate.
    Copy,
    /// A pencil: edit or rename.
    Edit,
    /// A bin: remove.
    Remove,
    /// A cogwheel: settings.
    Settings,
    /// A question mark in a circle: help.
    Help,
    /// A sun.
    Light,
    /// A crescent.
    Dark,
    /// A screen: as the system has it.
    System,
    /// Two arrows in a circle: another one, or again.
    Refresh,
    /// An arrow into a tray: load or import.
    Import,
    /// An arrow out of a tray: save or export.
    Export,
    /// A triangle with an exclamation mark.
    Warning,
    /// A circle with an `i`.
    Info,
    /// An arrow up: sent by us.
    Up,
    /// An arrow down: received.
    Down,
    /// An arrow to the left: what came before.
    Left,
    /// An arrow to the right: what comes next.
    Right,
    /// A chevron to the right.
    Chevron,
    /// One field above another: two panes in place of one.
    Split,
    /// A pin: retained.
    Pin,
    /// A plug pulled out of its socket: a link cut on purpose.
    Cut,
    /// Two bars: pause.
    Pause,
    /// Two columns: two clients side by side.
    Beside,
    /// A clock: the lab's time.
    Clock,
    /// A triangle to the right: go on.
    Play,
    /// Two triangles to the right: jump forward.
    Forward,
    /// A table of rows: what a broker keeps.
    Tables,
    /// A chip with legs: a simulated device.
    Device,
    /// A tree with branches: topics.
    Tree,
    /// A line that goes up and down between axes.
    Chart,
    /// A funnel: filter.
    Filter,
    /// A flash: break something on purpose.
    Fault,
    /// Arrows to and fro between two ends: what goes over the wire.
    Wire,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Brand => {
                "M4 8h6.5M5.5 6.5L10.5 3.5M5.5 9.5l5 3M3.2 6a2 2 0 1 0 .01 4a2 2 0 1 0 0-4zM12.2 1.8a1.2 1.2 0 1 0 .01 2.4a1.2 1.2 0 1 0 0-2.4zM12.2 6.8a1.2 1.2 0 1 0 .01 2.4a1.2 1.2 0 1 0 0-2.4zM12.2 11.8a1.2 1.2 0 1 0 .01 2.4a1.2 1.2 0 1 0 0-2.4z"
            }
            Self::Add => "M8 3v10M3 8h10",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Done => "M3 8.5l3.5 3.5L13 4.5",
            Self::Copy => "M6 6h7v7H6zM10 6V3H3v7h3",
            Self::Edit => "M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3zM9 4.7L11.3 7",
            Self::Remove => "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M7 7v3.5M9 7v3.5",
            Self::Settings => {
                "M8 5.7a2.3 2.3 0 1 0 0 4.6a2.3 2.3 0 1 0 0-4.6zM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6L5 5M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4"
            }
            Self::Help => {
                "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM6.2 6.3a1.85 1.85 0 1 1 2.7 1.7c-.6.3-.9.7-.9 1.3M8 11.4v.1"
            }
            Self::Light => {
                "M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9"
            }
            Self::Dark => "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
            Self::System => "M2.5 3h11v8h-11zM6 13.5h4M8 11v2.5",
            Self::Refresh => {
                "M13 6.5A5.2 5.2 0 0 0 3.6 5.3M3.5 2.5v3h3M3 9.5a5.2 5.2 0 0 0 9.4 1.2M12.5 13.5v-3h-3"
            }
            Self::Import => "M8 2.5v7M5 6.8l3 3l3-3M3 10.5v3h10v-3",
            Self::Export => "M8 9.8v-7M5 5.5l3-3l3 3M3 10.5v3h10v-3",
            Self::Warning => "M8 2.5l6 10.8H2zM8 6.5v3.2M8 11.5v.1",
            Self::Info => "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM8 7.5v3.5M8 5v.1",
            Self::Up => "M8 13V3M4 7l4-4l4 4",
            Self::Down => "M8 3v10M4 9l4 4l4-4",
            Self::Left => "M13 8H3M7 4L3 8l4 4",
            Self::Right => "M3 8h10M9 4l4 4l-4 4",
            Self::Chevron => "M6 3.5L10.5 8L6 12.5",
            Self::Split => "M2.5 2.5h11v11h-11zM2.5 8h11",
            Self::Pin => "M8 9.5V14M4.5 9.5h7L10 7V3.5h.7V2H5.3v1.5H6V7z",
            Self::Cut => "M2 8h3.5M10.5 8H14M5.5 5v6M10.5 5v6M7.2 3.5l1.6-2M7.2 14.5l1.6-2",
            Self::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Self::Beside => "M2.5 3h11v10h-11zM8 3v10",
            Self::Clock => "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM8 4.8V8l2.3 1.6",
            Self::Play => "M5 3.5l7 4.5l-7 4.5z",
            Self::Forward => "M2.5 4l5.5 4l-5.5 4zM8 4l5.5 4L8 12z",
            Self::Tables => "M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6.2 6.3V13",
            Self::Device => {
                "M4.5 4.5h7v7h-7zM6.3 4.5v-2M9.7 4.5v-2M6.3 13.5v-2M9.7 13.5v-2M4.5 6.3h-2M4.5 9.7h-2M13.5 6.3h-2M13.5 9.7h-2"
            }
            Self::Wire => {
                "M2.5 2.5v11M13.5 2.5v11M4.5 5.5h6.5M9 3.5l2 2l-2 2M11.5 10.5H5M7 8.5l-2 2l2 2"
            }
            Self::Tree => "M3.5 2.5v9.5h4M3.5 6h4M9 4.5h4v3H9zM9 10.5h4v3H9z",
            Self::Chart => "M2.5 2.5v11h11M4.5 10.5l2.7-4l2.3 2.3l3.7-5",
            Self::Filter => "M2.5 3h11L9.3 8.3v4.2l-2.6 1V8.3z",
            Self::Fault => "M9.2 1.8L3.8 9h3.7l-.7 5.2L12.2 7H8.5z",
        }
    }
}

/// The picture itself, hidden from those who listen: the control around it has a name.
pub fn icon(picture: Icon) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=picture.path()></path>
        </svg>
    }
    .into_any()
}
