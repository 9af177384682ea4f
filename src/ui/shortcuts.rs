//! The keys that work anywhere on the page. They need Alt and Shift together, so that none of them
//! can be typed by accident or take a letter away from a field.

use web_sys::KeyboardEvent;

use super::handle::{Dispatch, LabHandle};
use super::screen::{OpenDialog, Pane, Screen};
use crate::lab::{Command, LabClient};

/// A shortcut as the help lists it: keys, and what they do.
pub const SHORTCUTS: [(&[&str], &str); 10] = [
    (&["Alt", "Shift", "C"], "go to Connection"),
    (&["Alt", "Shift", "P"], "go to Publish"),
    (&["Alt", "Shift", "M"], "go to Messages"),
    (&["Alt", "Shift", "S"], "go to Subscriptions"),
    (&["Alt", "Shift", "↓"], "select the next client"),
    (&["Alt", "Shift", "↑"], "select the previous client"),
    (&["Alt", "Shift", "W"], "open or close the Wire"),
    (&["Alt", "Shift", "H"], "open this help"),
    (
        &["F1"],
        "explain the field that has the focus; again, the next thing in the panel",
    ),
    (&["Esc"], "close a dialog or a help text"),
];

/// Does what the key stands for, if it stands for anything.
pub fn handle_key(event: &KeyboardEvent, lab: LabHandle, dispatch: Dispatch, screen: Screen) {
    if !(event.alt_key() && event.shift_key()) || event.ctrl_key() || event.meta_key() {
        return;
    }
    // The place of the key, because Option turns letters into others on some keyboards.
    match event.code().as_str() {
        "KeyC" => screen.focus(Pane::Connection),
        "KeyP" => screen.focus(Pane::Publish),
        "KeyM" => screen.focus(Pane::Messages),
        "KeyS" => screen.focus(Pane::Subscriptions),
        "KeyW" => screen.toggle_wire(),
        "KeyH" => screen.dialog.set(Some(OpenDialog::Help)),
        "ArrowDown" => select_neighbour(lab, dispatch, 1),
        "ArrowUp" => select_neighbour(lab, dispatch, -1),
        _ => return,
    }
    event.prevent_default();
}

fn select_neighbour(lab: LabHandle, dispatch: Dispatch, step: isize) {
    let neighbour = lab.with_untracked(|lab| {
        let keys: Vec<_> = lab.clients().map(|client| client.key()).collect();
        let here = keys
            .iter()
            .position(|key| Some(*key) == lab.selected().map(LabClient::key))?;
        keys.get(here.checked_add_signed(step)?).copied()
    });
    if let Some(client) = neighbour {
        dispatch.tell(Command::SelectClient { client });
    }
}
