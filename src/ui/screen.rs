//! What the screen alone knows: which dialog is open, which panel a narrow screen shows.

use std::collections::BTreeMap;

use super::handle::{Dispatch, LabHandle};
use crate::lab::export::IMPORTED;
use crate::lab::halves::{Half, Halves};
use crate::lab::trace::Sequence;
use crate::lab::wire::PacketFilterForm;
use crate::lab::wire::ladder::LadderChoice;
use crate::lab::wire::link::is_packet_link;
use crate::lab::{ClientKey, Command};
use crate::platform::page;
use crate::ui::context::provided;
use crate::ui::memo::{Memo, State};
use leptos::ev;
use leptos::prelude::*;

/// A panel of the bench, as the tabs of a narrow screen and the shortcuts name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// Connection.
    Connection,
    /// Publish.
    Publish,
    /// Messages.
    Messages,
    /// Subscriptions, and with them what is retained.
    Subscriptions,
}

impl Pane {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 4] = [
        Self::Connection,
        Self::Publish,
        Self::Messages,
        Self::Subscriptions,
    ];

    /// The panel's heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Connection => "Connection",
            Self::Publish => "Publish",
            Self::Messages => "Messages",
            Self::Subscriptions => "Subscriptions",
        }
    }

    /// The last part of the class names that carry this pane.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Publish => "publish",
            Self::Messages => "messages",
            Self::Subscriptions => "subscriptions",
        }
    }
}

/// What the side pane can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SidePane {
    /// What the broker in the page keeps.
    Broker,
    /// What can be broken on the selected client's link.
    Faults,
    /// Simulated devices.
    Devices,
    /// Every topic the selected client has seen.
    Topics,
    /// Numbers found in payloads, over time.
    Chart,
}

impl SidePane {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 5] = [
        Self::Broker,
        Self::Faults,
        Self::Devices,
        Self::Topics,
        Self::Chart,
    ];

    /// What is shown under it when a second pane is asked for, and no more is said.
    pub const fn companion(self) -> Self {
        match self {
            Self::Broker => Self::Faults,
            Self::Faults => Self::Broker,
            Self::Devices | Self::Chart => Self::Topics,
            Self::Topics => Self::Chart,
        }
    }

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Broker => "Broker tables",
            Self::Faults => "Break it",
            Self::Devices => "Devices",
            Self::Topics => "Topics",
            Self::Chart => "Chart",
        }
    }

    /// The last part of the class names that carry it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Faults => "faults",
            Self::Devices => "devices",
            Self::Topics => "topics",
            Self::Chart => "chart",
        }
    }
}

/// What the Wire can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WirePane {
    /// The packets, one under the other.
    Packets,
    /// The packets as arrows between clients and Servers.
    Ladder,
    /// A packet that is made by hand.
    Build,
    /// What the packets cost on the network.
    Meter,
    /// Bytes from anywhere, taken apart.
    Dissect,
}

impl WirePane {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 5] = [
        Self::Packets,
        Self::Ladder,
        Self::Meter,
        Self::Build,
        Self::Dissect,
    ];

    /// What its tab says.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Packets => "Packets",
            Self::Ladder => "Ladder",
            Self::Build => "Build a packet",
            Self::Meter => "Bytes",
            Self::Dissect => "Dissect",
        }
    }

    /// Whether it shows records of the trace, of which one is selected: the inspector stands beside it then.
    pub const fn shows_trace(self) -> bool {
        match self {
            Self::Packets | Self::Ladder => true,
            Self::Build | Self::Meter | Self::Dissect => false,
        }
    }
}

/// A dialog that the header or a shortcut opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenDialog {
    /// Settings.
    Settings,
    /// Help and keys.
    Help,
}

/// What the screen alone knows.
#[derive(Clone, Copy)]
pub struct Screen {
    /// The panel that a narrow screen shows.
    pub pane: State<Pane>,
    /// The open dialog, if any.
    pub dialog: State<Option<OpenDialog>>,
    /// What the side pane shows, in one half or two.
    pub side: State<Halves<SidePane>>,
    /// What the Wire shows, where it is open.
    pub wire: State<Option<WirePane>>,
    /// While the Wire stands still: the first record that it does not show.
    pub wire_paused: State<Option<Sequence>>,
    /// Which packets the Wire lists.
    pub packet_filter: State<PacketFilterForm>,
    /// Who is in the ladder.
    pub ladder_choice: State<LadderChoice>,
    /// The record that is selected in the Wire: a packet, or something that happened.
    pub packet: State<Option<Sequence>>,
    /// Which message of each client is selected, also while its panels are not shown.
    pub messages: State<BTreeMap<ClientKey, Sequence>>,
    /// Whether Messages, Topics and Chart show the file that was read, in place of the client.
    pub shows_file: State<bool>,
    /// Whose history of a topic is shown in its dialog, if one is.
    pub history: State<Option<ClientKey>>,
    /// Two clients that stand side by side, where there is room for them.
    pub pair: State<Option<[ClientKey; 2]>>,
    /// Whether there is room for two clients beside each other.
    pub is_wide: State<bool>,
}

/// From how wide a window on, in CSS pixels, two clients have room beside each other.
const WIDE: f64 = 1_400.0;

impl Screen {
    /// Hands the screen's own state to every component below.
    pub fn provide() {
        provide_context(Self {
            pane: State::new(Pane::Connection),
            dialog: State::new(None),
            side: State::new(Halves::default()),
            wire: State::new(None),
            wire_paused: State::new(None),
            packet_filter: State::new(PacketFilterForm::default()),
            ladder_choice: State::new(LadderChoice::default()),
            packet: State::new(None),
            messages: State::new(BTreeMap::new()),
            shows_file: State::new(false),
            history: State::new(None),
            pair: State::new(None),
            is_wide: State::new(is_wide()),
        });
        let screen = use_screen();
        let resize = window_event_listener(ev::resize, move |_| {
            if screen.is_wide.get_untracked() != is_wide() {
                screen.is_wide.set(is_wide());
            }
        });
        on_cleanup(move || resize.remove());
        screen.follow_address();
    }

    /// Opens the Wire where the page's address shows a packet, now or later; the pane reads it.
    fn follow_address(self) {
        let look = move || {
            if is_packet_link(&page::fragment()) {
                self.wire.set(Some(WirePane::Dissect));
            }
        };
        look();
        let changes = window_event_listener_untyped("hashchange", move |_| look());
        on_cleanup(move || changes.remove());
    }

    /// The two clients that stand side by side, if any do and there is room.
    pub fn shown_pair(self) -> Option<[ClientKey; 2]> {
        self.pair.get().filter(|_| self.is_wide.get())
    }

    /// Whether the side pane shows `pane`; in a view, again whenever that changes.
    pub fn shows_side(self, pane: SidePane) -> bool {
        self.side.read().shows(pane)
    }

    /// Opens the side pane on `pane`, or closes it where that is shown already.
    pub fn toggle_side(self, pane: SidePane) {
        self.side.update(|halves| halves.toggle(pane));
        self.keep_side_focus();
    }

    /// Shows `pane` in the side pane.
    pub fn show_side(self, pane: SidePane) {
        self.side.update(|halves| halves.show(pane));
    }

    /// Closes a half of the side pane; the focus stays near, if it was in it.
    pub fn close_side(self, half: Half) {
        self.side.update(|halves| halves.close(half));
        self.keep_side_focus();
    }

    fn keep_side_focus(self) {
        keep_focus(if self.side.read_untracked().is_open() {
            ".side [role=tab][aria-selected=true]"
        } else {
            ".top__panes .button"
        });
    }

    /// Opens the Wire, or closes it.
    pub fn toggle_wire(self) {
        if self.wire.get_untracked().is_some() {
            self.close_wire();
        } else {
            self.wire.set(Some(WirePane::ALL[0]));
        }
    }

    /// Closes the Wire; the focus goes to the button that opens it, if it was in it.
    pub fn close_wire(self) {
        self.wire.set(None);
        keep_focus(".top__wire .button");
    }

    /// Has the Wire stand still with what it shows.
    pub fn pause_wire(self, lab: LabHandle) {
        if self.wire_paused.get_untracked().is_none() {
            let next = lab.with_untracked(|lab| lab.trace().next());
            self.wire_paused.set(Some(next));
        }
    }

    /// Shows a record in the Wire, which opens where it is closed.
    pub fn show_packet(self, sequence: Sequence) {
        self.packet.set(Some(sequence));
        let shows_it = self.wire.get_untracked().is_some_and(WirePane::shows_trace);
        if !shows_it {
            self.wire.set(Some(WirePane::Packets));
        }
    }

    /// Shows a packet in the Wire, and with it only what belongs to it.
    pub fn show_handshake(self, sequence: Sequence) {
        self.packet_filter.set(PacketFilterForm {
            handshake: Some(sequence),
            ..PacketFilterForm::default()
        });
        self.wire.set(Some(WirePane::Packets));
        self.packet.set(Some(sequence));
    }

    /// Whose messages are shown where `client` is selected: its own, or those of the file that was read.
    pub fn source(self, lab: LabHandle, client: ClientKey) -> Memo<ClientKey> {
        let has_file = lab.memo(|lab| lab.import_view().is_some());
        Memo::new(move || {
            if self.shows_file.get() && has_file.get() {
                IMPORTED
            } else {
                client
            }
        })
    }

    /// Opens the history of a topic.
    pub fn open_history(self, dispatch: Dispatch, client: ClientKey, topic: String) {
        dispatch.tell(Command::OpenHistory { client, topic });
        self.history.set(Some(client));
    }

    /// Shows a panel and moves the focus to its first field or button.
    pub fn focus(self, pane: Pane) {
        self.pane.set(pane);
        // A panel that was hidden can take the focus only after the tabs have been redrawn.
        request_animation_frame(move || {
            let selector = format!(
                ".pane--{0} :is(input, select, textarea):not(:disabled), .pane--{0} .button",
                pane.name()
            );
            if let Ok(Some(target)) = document().query_selector(&selector) {
                let target: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(target);
                let _ = target.focus();
            }
        });
    }
}

fn is_wide() -> bool {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    width.is_some_and(|width| width >= WIDE)
}

/// Gives the focus to the first element of `selector` where the one that had it has gone. Where two
/// clients stand beside each other it is looked for first at the one that was used last.
pub fn keep_focus(selector: &'static str) {
    request_animation_frame(move || {
        let document = document();
        let lost = document
            .active_element()
            .is_none_or(|element| element.tag_name() == "BODY");
        let used = format!(".bench__client[data-used] {selector}");
        let find = |selector: &str| document.query_selector(selector).ok().flatten();
        if lost && let Some(target) = find(&used).or_else(|| find(selector)) {
            let target: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(target);
            let _ = target.focus();
        }
    });
}

/// The screen's own state.
pub fn use_screen() -> Screen {
    provided::<Screen>()
}
