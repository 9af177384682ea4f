//! Connection profiles: forms kept under a name, in this browser.

use crate::ui::element::view;
use crate::ui::memo::State;
use leptos::html;
use leptos::prelude::*;

use crate::lab::{ClientKey, Command, ProfileCommand, Refusal};
use crate::platform::page;
use crate::ui::components::{
    Button, ButtonKind, Dialog, EmptyState, Icon, Question, TextField, use_confirm, when,
};
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;

/// The button that opens the profiles, and the dialog with them.
#[component]
pub(super) fn Profiles(client: ClientKey) -> AnyView {
    let open = RwSignal::new(false);
    view! {
        <Button
            label="Profiles"
            small=true
            kind=ButtonKind::Quiet
            hint="Keep this form under a name, or bring one back."
            on_press=move |()| open.set(true)
        />
        <Dialog title="Connection profiles" open=open on_close=move |()| open.set(false)>
            {profile_manager(client, open)}
        </Dialog>
    }
    .into_any()
}

lazy_view! {
    fn profile_manager(client: ClientKey, open: RwSignal<bool>) in dialogs, "Profiles" =>
        view! { <ProfileManager client=client open=open /> }.into_any()
}

#[component]
fn ProfileManager(client: ClientKey, open: RwSignal<bool>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let names = lab.memo(|lab| {
        let profiles = lab.profiles().iter();
        profiles
            .map(|profile| profile.name.clone())
            .collect::<Vec<_>>()
    });
    let name = RwSignal::new(
        lab.with_untracked(|lab| lab.client(client).map(|client| client.name().to_owned()))
            .unwrap_or_default(),
    );
    let refusal = RwSignal::new(None::<String>);
    let tell = move |outcome: Result<(), Refusal>| {
        refusal.set(outcome.err().map(|refusal| refusal.words()));
    };
    let send = move |command: Command| tell(dispatch.send(command));
    let taken = move || names.with(|names| name.with(|name| names.contains(name)));
    view! {
        <form
            on:submit=move |event| {
                event.prevent_default();
                send(ProfileCommand::Save {
                    client,
                    name: name.get_untracked(),
                }.into());
            }
        >
            <TextField
                label="Profile name"
                value=name
                autofocus=true
                help="The form is kept in this browser under this name. The password is kept only where the form says so."
                error=refusal
                hint=Signal::derive(move || {
                    taken().then(|| "There is a profile of this name; saving replaces it.".to_owned())
                })
                on_input=move |text: String| name.set(text)
            >
                <Button label="Save" kind=ButtonKind::Primary submit=true />
            </TextField>
        </form>
        <ul class="profiles" role="list">
            {move || {
                names
                    .get()
                    .into_iter()
                    .map(|name| {
                        view! { <ProfileRow client=client name=name open=open on_outcome=tell /> }
                    })
                    .collect_view()
            }}
        </ul>
        {when(move || names.with(Vec::is_empty), || view! {
            <EmptyState
                title="No profiles yet"
                text="Save this form under a name, or import a file that was exported from this page."
            />
        }.into_any())}
        <ProfileFiles on_outcome=tell empty=Signal::derive(move || names.with(Vec::is_empty)) />
    }
    .into_any()
}

#[component]
fn ProfileRow(
    client: ClientKey,
    name: String,
    open: RwSignal<bool>,
    #[prop(into)] on_outcome: Callback<Result<(), Refusal>>,
) -> AnyView {
    let (dispatch, confirm) = (use_dispatch(), use_confirm());
    let own = StoredValue::new(name.clone());
    let renaming = RwSignal::new(false);
    let new_name = RwSignal::new(name.clone());
    let rename = move || {
        let outcome = dispatch.send(
            ProfileCommand::Rename {
                name: own.get_value(),
                new_name: new_name.get_untracked(),
            }
            .into(),
        );
        if outcome.is_ok() {
            // The row is another one now.
            focus_in_row(new_name.get_untracked().trim().to_owned(), RENAME);
        }
        on_outcome.run(outcome);
    };
    let leave = move || {
        renaming.set(false);
        focus_in_row(own.get_value(), RENAME);
    };
    view! {
        <li class="profiles__row" data-profile=name.clone() hidden=move || !renaming.get()>
            <form
                class="grow"
                novalidate=true
                on:submit=move |event| {
                    event.prevent_default();
                    rename();
                }
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        event.prevent_default();
                        leave();
                    }
                }
            >
                <TextField
                    label="New name"
                    value=new_name
                    on_input=move |text: String| new_name.set(text)
                >
                    <Button label="Rename" kind=ButtonKind::Primary small=true submit=true />
                    <Button
                        label="Cancel"
                        kind=ButtonKind::Quiet
                        small=true
                        on_press=move |()| leave()
                    />
                </TextField>
            </form>
        </li>
        <li class="profiles__row" data-profile=name.clone() hidden=move || renaming.get()>
            <span class="grow cut">{name.clone()}</span>
            <Button
                label="Load"
                small=true
                hint=format!("Put {name} into the form")
                on_press=move |()| {
                    let outcome = dispatch
                        .send(ProfileCommand::Load {
                            client,
                            name: own.get_value(),
                        }.into());
                    if outcome.is_ok() {
                        open.set(false);
                    }
                    on_outcome.run(outcome);
                }
            />
            <Button
                label=format!("Rename {name}")
                kind=ButtonKind::Quiet
                picture=Icon::Edit
                icon_only=true
                small=true
                on_press=move |()| {
                    renaming.set(true);
                    focus_in_row(own.get_value(), "input");
                }
            />
            <Button
                label=format!("Duplicate {name}")
                kind=ButtonKind::Quiet
                picture=Icon::Copy
                icon_only=true
                small=true
                on_press=move |()| {
                    on_outcome
                        .run(
                            dispatch
                                .send(ProfileCommand::Duplicate {
                                    name: own.get_value(),
                                }.into()),
                        );
                }
            />
            <Button
                label=format!("Delete {name}")
                kind=ButtonKind::Quiet
                picture=Icon::Remove
                icon_only=true
                small=true
                on_press=move |()| {
                    confirm
                        .ask(Question {
                            title: format!("Delete the profile {}?", own.get_value()),
                            text: "It is gone from this browser. The form on the screen stays as it is."
                                .to_owned(),
                            action: "Delete".to_owned(),
                            on_yes: Callback::new(move |()| {
                                on_outcome
                                    .run(
                                        dispatch
                                            .send(ProfileCommand::Delete {
                                                name: own.get_value(),
                                            }.into()),
                                    );
                            }),
                        });
                }
            />
        </li>
    }
    .into_any()
}

/// The button that renames, in its row: the second one.
const RENAME: &str = ".button + .button";

/// Moves the focus to what `selector` finds in the row of this profile, once that is drawn.
fn focus_in_row(name: String, selector: &'static str) {
    request_animation_frame(move || {
        let Ok(rows) = document().query_selector_all(".profiles__row:not([hidden])") else {
            return;
        };
        for row in (0..rows.length()).filter_map(|at| rows.item(at)) {
            let row: web_sys::Element = wasm_bindgen::JsCast::unchecked_into(row);
            if row.get_attribute("data-profile").as_deref() == Some(name.as_str())
                && let Ok(Some(target)) = row.query_selector(selector)
            {
                let target: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(target);
                let _ = target.focus();
            }
        }
    });
}

/// Profiles to a file and from one.
#[component]
fn ProfileFiles(
    #[prop(into)] on_outcome: Callback<Result<(), Refusal>>,
    empty: Signal<bool>,
) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let chooser = NodeRef::<html::Input>::new();
    let failure = State::new(None::<&'static str>);
    view! {
        <div class="buttons">
            <Button
                label="Import"
                picture=Icon::Import
                on_press=move |()| {
                    if let Some(chooser) = chooser.get_untracked() {
                        chooser.click();
                    }
                }
            />
            <Button
                label="Export all"
                picture=Icon::Export
                disabled=empty
                hint="Passwords go along only where a profile keeps them."
                on_press=move |()| {
                    let json = lab.with_untracked(|lab| lab.export_profiles());
                    let saved = page::download(
                        "mqtt-lab-profiles.json",
                        "application/json",
                        json.as_bytes(),
                    );
                    failure.set(saved.is_err().then_some("The browser did not save the file."));
                }
            />
            <input
                type="file"
                class="visually-hidden"
                tabindex="-1"
                aria-label="File of profiles"
                accept="application/json,.json"
                node_ref=chooser
                on:change=move |_| {
                    let Some(input) = chooser.get_untracked() else { return };
                    leptos::task::spawn_local(async move {
                        let text = page::read_file(input.clone()).await;
                        // So that the same file can be chosen once more.
                        input.set_value("");
                        match text {
                            Some(json) => {
                                failure.set(None);
                                on_outcome.run(dispatch.send(ProfileCommand::Import { json }.into()));
                            }
                            None => failure.set(Some("The file could not be read as text.")),
                        }
                    });
                }
            />
            <p class="field__error" role="alert">
                {move || failure.get()}
            </p>
        </div>
    }
    .into_any()
}
