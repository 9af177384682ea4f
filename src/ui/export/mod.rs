//! Messages to a file and back: a dialog, and the bar that stands over the list while a file is open.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::lab::export::{ExportScope, FileCommand, FileFormat, ImportView};
use crate::lab::{ClientKey, format};
use crate::platform::download::chosen_file;
use crate::ui::components::{
    Button, ButtonKind, Callout, Choice, Dialog, Select, Tab, Tabs, Tone, when,
};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::{Memo, State};
use crate::ui::screen::use_screen;

/// The dialog.
#[component]
pub fn FilesDialog(client: ClientKey, open: State<bool>) -> AnyView {
    view! {
        <Dialog
            title="Export or import messages"
            open=Signal::derive(move || open.get())
            on_close=move |()| open.set(false)
        >
            {files(client, open)}
        </Dialog>
    }
    .into_any()
}

lazy_view! {
    fn files(client: ClientKey, open: State<bool>)
    in records, "Export and import" => view! {
        <Export client=client />
        <Import open=open />
    }.into_any()
}

lazy_view! {
    /// Over the list while a file is open: whose messages are shown, and how far the file is read.
    pub fn file_bar(client: ClientKey)
    in records, "The file" => view! { <FileBar client=client /> }.into_any()
}

#[component]
fn Export(client: ClientKey) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let scope = State::new(ExportScope::Shown);
    let file_format = State::new(FileFormat::JsonLines);
    let error = State::new(None::<String>);
    let scopes = lab.memo(move |lab| {
        let shown = format::count(lab.message_count(client) as u64);
        let kept = format::count(lab.message_status(client).kept);
        vec![
            Choice::new("shown", format!("in the list, as it is filtered: {shown}")),
            Choice::new("all", format!("all that are kept, sent ones too: {kept}")),
        ]
    });
    let formats = vec![
        Choice::new("jsonl", "JSON Lines, can be imported again"),
        Choice::new("csv", "CSV, for a spreadsheet"),
    ];
    let export = lab.memo(|lab| lab.export_view());
    let start = move |()| {
        let outcome = dispatch.send(
            FileCommand::Export {
                client,
                format: file_format.get_untracked(),
                scope: scope.get_untracked(),
            }
            .into(),
        );
        error.set(outcome.err().map(|refusal| refusal.words()));
    };
    view! {
        <h3 class="heading">"Export"</h3>
        <div class="fields">
            <Select
                label="Messages to export"
                class="w-full"
                choices=scopes
                value=Signal::derive(move || {
                    match scope.get() {
                        ExportScope::Shown => "shown",
                        ExportScope::All => "all",
                    }
                        .to_owned()
                })
                on_change=move |value: String| {
                    scope.set(if value == "all" { ExportScope::All } else { ExportScope::Shown });
                }
            />
            <Select
                label="Format"
                class="w-full"
                help="In both, a payload stands as text where it is UTF-8 and as base64 otherwise; a column says which."
                choices=formats
                value=Signal::derive(move || {
                    match file_format.get() {
                        FileFormat::JsonLines => "jsonl",
                        FileFormat::Csv => "csv",
                    }
                        .to_owned()
                })
                on_change=move |value: String| {
                    file_format
                        .set(if value == "csv" { FileFormat::Csv } else { FileFormat::JsonLines });
                }
            />
        </div>
        <div class="buttons">
            <Button
                label="Export"
                kind=ButtonKind::Primary
                disabled=Signal::derive(move || export.read().is_some())
                on_press=start
            />
        </div>
        <p class="field__error" hidden=move || error.with(Option::is_none)>
            {move || error.get()}
        </p>
        {when(move || export.read().is_some(), move || {
            let words = move || {
                export.read().map(|export| {
                    let waits = if export.is_waiting { " · waits for the filter's search" } else { "" };
                    format!(
                        "{} of {} messages written, {}{waits}",
                        format::count(export.written),
                        format::count(export.written + export.left),
                        format::bytes(export.size),
                    )
                })
            };
            view! {
                <p class="hint messages__search">
                    <span>{words}</span>
                    <progress
                        aria-label="Messages written"
                        max=move || export.read().map_or(1, |export| export.written + export.left).max(1).to_string()
                        prop:value=move || export.read().map_or(0, |export| export.written).to_string()
                    ></progress>
                    <Button
                        label="Cancel export"
                        small=true
                        on_press=move |()| dispatch.tell(FileCommand::CancelExport.into())
                    />
                </p>
            }
            .into_any()
        })}
    }
    .into_any()
}

#[component]
fn Import(open: State<bool>) -> AnyView {
    let (dispatch, screen) = (use_dispatch(), use_screen());
    let error = State::new(None::<String>);
    let choose = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into().ok());
        let Some(file) = input.and_then(|input: web_sys::HtmlInputElement| chosen_file(&input))
        else {
            return;
        };
        match dispatch.import(file) {
            Ok(()) => {
                open.set(false);
                screen.shows_file.set(true);
            }
            Err(refusal) => error.set(Some(refusal.words())),
        }
    };
    view! {
        <h3 class="heading">"Import"</h3>
        <p class="hint">
            "A JSON Lines file that this page has exported, to look at its messages again: list, filter, topics, chart. Nothing is sent. The file shares the memory that Settings give to packets: it has what is free, and a quarter at the least, for which the oldest messages of your clients go."
        </p>
        <label class="field">
            <span class="field__top">"File to import"</span>
            <input type="file" accept=".jsonl,.ndjson,.json,.txt" on:change=choose />
        </label>
        <p class="field__error" hidden=move || error.with(Option::is_none)>
            {move || error.get()}
        </p>
    }
    .into_any()
}

#[component]
fn FileBar(client: ClientKey) -> AnyView {
    let (lab, dispatch, screen) = (use_lab(), use_dispatch(), use_screen());
    let import = lab.memo(|lab| lab.import_view());
    let read = move |read: fn(&ImportView) -> String| {
        Signal::derive(move || import.read().as_ref().map(read).unwrap_or_default())
    };
    let tabs = Memo::new(move || {
        let own = lab.with(|lab| lab.client(client).map(|client| client.name().to_owned()));
        let file = import.read().as_ref().map(|import| import.name.clone());
        let tab = |label| Tab {
            label,
            controls: "panel-messages".to_owned(),
        };
        vec![tab(own.unwrap_or_default()), tab(file.unwrap_or_default())]
    });
    let is_reading = Memo::new(move || {
        import
            .read()
            .as_ref()
            .is_some_and(|import| import.is_reading)
    });
    let trouble = read(|import| import.trouble.clone().unwrap_or_default());
    view! {
        <div class="file">
            <div class="file__line">
                <Tabs
                    label="Messages of"
                    tabs=tabs
                    selected=Signal::derive(move || usize::from(screen.shows_file.get()))
                    on_select=move |place: usize| screen.shows_file.set(place == 1)
                />
                <span class="hint" role="status">{read(words)}</span>
                {when(move || is_reading.get(), move || view! {
                    <progress
                        aria-label="Part of the file that is read"
                        max=read(|import| import.size.max(1).to_string())
                        prop:value=read(|import| import.read.to_string())
                    ></progress>
                    <Button
                        label="Stop reading"
                        small=true
                        on_press=move |()| dispatch.tell(FileCommand::StopImport.into())
                    />
                }.into_any())}
                <span class="grow"></span>
                <Button
                    label="Close file"
                    small=true
                    hint="Lets go of the messages of the file. The file itself stays where it is."
                    on_press=move |()| {
                        screen.shows_file.set(false);
                        dispatch.tell(FileCommand::CloseImport.into());
                    }
                />
            </div>
            {when(move || !trouble.with(String::is_empty), move || view! {
                <Callout tone=Tone::Warn title=trouble />
            }.into_any())}
        </div>
    }
    .into_any()
}

fn words(import: &ImportView) -> String {
    let mut words = format!("{} messages in the file", format::count(import.messages));
    if import.is_reading {
        let part = import.read.saturating_mul(100) / import.size.max(1);
        words = format!(
            "{part} % read · {} messages",
            format::count(import.messages)
        );
    }
    if import.dropped > 0 {
        let dropped = format::count(import.dropped);
        words.push_str(&format!(
            " · the {dropped} oldest had to go: there is no room for them"
        ));
    }
    words
}
