//! What is of use only with the lab broker, which is fetched after the page is drawn.

use leptos::prelude::*;

use super::components::{Button, dynamic};
use super::handle::{use_dispatch, use_lab};
use crate::lab::{Command, Lab};
use crate::ui::element::view;

/// `view`, once the lab broker is there; until then words that say so, and a way to ask for it again.
pub fn with_server(view: fn() -> AnyView) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let is_there = lab.memo(Lab::has_server);
    if !is_there.get_untracked() {
        dispatch.tell(Command::FetchServer);
    }
    dynamic(move || {
        if is_there.get() {
            return view();
        }
        view! {
            <p class="hint part__wait" role="status">
                "Loading the lab broker …"
            </p>
            <div class="buttons">
                <Button
                    label="Try again"
                    small=true
                    on_press=move |()| dispatch.tell(Command::FetchServer)
                />
            </div>
        }
        .into_any()
    })
}
