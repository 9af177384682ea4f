//! A modal dialog: the browser's own, which keeps the focus inside and gives it back.

use leptos::html;
use leptos::prelude::*;

use super::button::{Button, ButtonKind};
use super::dynamic::when;
use super::help::use_tips;
use super::icon::Icon;
use super::unique_id;
use crate::ui::element::view;
use crate::ui::memo::effect;

/// A modal dialog. Escape, the cross and a press beside it close it.
#[component]
pub fn Dialog(
    /// What it is about; its accessible name.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// Called when it has been closed from inside.
    #[prop(into)]
    on_close: Callback<()>,
    /// For tables and long texts.
    #[prop(optional)]
    wide: bool,
    /// What stands in it; made anew each time it opens.
    children: ChildrenFn,
) -> AnyView {
    let node = NodeRef::<html::Dialog>::new();
    let tips = use_tips();
    let title_id = StoredValue::new(unique_id("dialog"));
    effect(move || {
        let open = open.get();
        let Some(dialog) = node.get() else { return };
        if open {
            tips.dismiss();
            // The first field takes the focus, so the content has to be there first.
            queue_microtask(move || {
                if !dialog.open() && dialog.is_connected() {
                    // Fails only for an element outside the document, which was just ruled out.
                    let _ = dialog.show_modal();
                }
            });
        } else if dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog
            node_ref=node
            class="dialog"
            class:dialog--wide=wide
            aria-labelledby=title_id.get_value()
            on:close=move |_| {
                if open.get_untracked() {
                    on_close.run(());
                }
            }
            on:click=move |event| {
                // Everything inside is a child; only the backdrop is the dialog itself.
                if event.target() == event.current_target() {
                    on_close.run(());
                }
            }
        >
            {when(move || open.get(), move || view! {
                <div class="dialog__head">
                    <h2 class="dialog__title" id=title_id.get_value()>
                        {move || title.get()}
                    </h2>
                </div>
                <div class="dialog__body">{children()}</div>
                // Last, so that the first field takes the focus; drawn in the corner.
                <div class="dialog__close">
                    <Button
                        label="Close"
                        kind=ButtonKind::Quiet
                        picture=Icon::Close
                        icon_only=true
                        on_press=on_close
                    />
                </div>
            }.into_any())}
        </dialog>
    }
    .into_any()
}
