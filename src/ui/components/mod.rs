//! The parts that every pane is made of: small, without knowledge of the lab but its words, one per file.
//!
//! Values come in as signals and go out through callbacks; words are text nodes only. Each control
//! carries its label as its accessible name, and nothing else in it.

mod button;
mod callout;
mod checkbox;
mod confirm;
mod dialog;
mod disclosure;
mod dynamic;
mod empty_state;
mod flag;
mod help;
mod icon;
mod pair_list;
mod panel;
mod resizer;
mod select;
mod state;
mod tabs;
mod text_field;

use core::cell::Cell;

pub use button::{Button, ButtonKind};
pub use callout::Callout;
pub use checkbox::Checkbox;
pub use confirm::{Confirm, ConfirmDialog, Question, use_confirm};
pub use dialog::Dialog;
pub use disclosure::Disclosure;
pub use dynamic::{Entry, dynamic, keyed, when};
pub use empty_state::EmptyState;
pub use flag::Flag;
pub use help::{HelpText, HelpTip, TipLayer, Tips, show_help_here, use_tips};
pub use icon::{Icon, icon};
pub use pair_list::PairList;
pub use panel::{Panel, PanelIds, panel_id};
pub use resizer::{Extent, Resizer};
pub use select::{Choice, Select};
pub use state::{State, StateMark};
pub use tabs::{Tab, Tabs};
pub use text_field::{TextField, TextKind};

/// What something means at a glance; a shape and words always say the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to remark.
    #[default]
    Idle,
    /// Worth a look, and harmless.
    Accent,
    /// As it should be.
    Ok,
    /// Under way, or not quite as asked.
    Warn,
    /// Refused, failed, or about to destroy something.
    Bad,
}

impl Tone {
    /// The last part of the class names that carry this tone.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Accent => "accent",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// An id that no other element of this page has, for `for`, `aria-controls` and their like.
pub fn unique_id(prefix: &str) -> String {
    thread_local! {
        static NEXT: Cell<u32> = const { Cell::new(0) };
    }
    let number = NEXT.replace(NEXT.get().wrapping_add(1));
    format!("{prefix}-{number}")
}
