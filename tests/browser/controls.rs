//! The controls alone: names, roles, values, and what they say of themselves.

use std::sync::{Arc, Mutex};

use js_sys::{Function, Reflect};
use leptos::prelude::*;
use mqtt_lab::ui::components::{
    Button, Checkbox, Choice, Dialog, HelpTip, Select, Tab, Tabs, TextField, TextKind,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{
    all, appears, choose, computed, description, dispatch, fill, find, frame, has_focus, mount,
    press, select, text, until,
};

/// What callbacks were called with, oldest first.
fn calls<T: Clone + Send + 'static>() -> (Callback<T>, impl Fn() -> Vec<T>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&calls);
    let callback = Callback::new(move |value| kept.lock().unwrap().push(value));
    (callback, move || calls.lock().unwrap().clone())
}

fn value(field: &web_sys::Element) -> String {
    let value = Reflect::get(field, &"value".into()).unwrap();
    value.as_string().unwrap()
}

#[wasm_bindgen_test]
async fn a_text_field_is_found_by_its_label_and_says_what_is_wrong() {
    let (on_input, typed) = calls::<String>();
    let error = RwSignal::new(None::<String>);
    let page = mount(move || {
        view! {
            <TextField
                label="Host"
                value="localhost"
                kind=TextKind::Code
                help="Where the broker is."
                error=error
                hint=Some("A name or an address.".to_owned())
                on_input=on_input
            />
        }
        .into_any()
    });
    frame().await;
    let field = find(page.host(), "textbox", "Host");
    assert_eq!(value(&field), "localhost");
    assert_eq!(field.get_attribute("aria-invalid"), None);
    assert_eq!(
        description(&field).as_deref(),
        Some("A name or an address.")
    );
    fill(&field, "example.org");
    assert_eq!(typed(), ["example.org"]);

    error.set(Some("The host is empty. <b>".to_owned()));
    frame().await;
    assert_eq!(field.get_attribute("aria-invalid").as_deref(), Some("true"));
    assert_eq!(
        description(&field).as_deref(),
        Some("The host is empty. <b>")
    );
    assert!(select(page.host(), "b").is_empty(), "words are no markup");

    error.set(None);
    frame().await;
    assert_eq!(field.get_attribute("aria-invalid"), None);
}

#[wasm_bindgen_test]
async fn a_password_and_a_block_are_fields_too() {
    let (on_input, typed) = calls::<String>();
    let page = mount(move || {
        view! {
            <TextField label="Password" value="" kind=TextKind::Password on_input=on_input />
            <TextField label="Message" value="a\nb" kind=TextKind::Block(3) on_input=on_input />
        }
        .into_any()
    });
    frame().await;
    let message = find(page.host(), "textbox", "Message");
    assert_eq!(value(&message), "a\nb");
    let password = select(page.host(), "input[type=password]").remove(0);
    assert_eq!(computed(&password, "computedName"), "Password");
    fill(&password, "geheim");
    assert_eq!(typed(), ["geheim"]);
}

#[wasm_bindgen_test]
async fn a_select_shows_the_entry_that_is_chosen_and_tells_of_another() {
    let (on_change, chosen) = calls::<String>();
    let value_of = RwSignal::new("1".to_owned());
    let page = mount(move || {
        view! {
            <Select
                label="QoS"
                choices=vec![
                    Choice::new("0", "at most once"),
                    Choice::new("1", "at least once").under("Acknowledged"),
                    Choice::new("2", "exactly once").under("Acknowledged"),
                ]
                value=value_of
                on_change=on_change
            />
        }
        .into_any()
    });
    frame().await;
    let list = find(page.host(), "combobox", "QoS");
    assert_eq!(value(&list), "1");
    assert_eq!(
        select(&list, "optgroup[label=Acknowledged] > option").len(),
        2
    );
    choose(&list, "2");
    assert_eq!(chosen(), ["2"]);
    value_of.set("0".to_owned());
    frame().await;
    assert_eq!(value(&list), "0");
}

#[wasm_bindgen_test]
async fn a_checkbox_is_named_by_its_label_alone() {
    let (on_change, ticked) = calls::<bool>();
    let page = mount(move || {
        view! { <Checkbox label="Retain" checked=true help="Kept." on_change=on_change /> }
            .into_any()
    });
    frame().await;
    let tick = find(page.host(), "checkbox", "Retain");
    assert!(tick.matches(":checked").unwrap());
    tick.click();
    assert_eq!(ticked(), [false]);
    find(page.host(), "button", "Help: Retain");
}

#[wasm_bindgen_test]
async fn help_appears_on_focus_describes_its_mark_and_goes_on_leaving() {
    let page =
        mount(|| view! { <HelpTip about="Topic" text="A path of <i>levels</i>." /> }.into_any());
    frame().await;
    let mark = find(page.host(), "button", "Help: Topic");
    assert_eq!(mark.get_attribute("aria-describedby"), None);
    for (shows, hides) in [("focus", "blur"), ("mouseenter", "mouseleave")] {
        dispatch(&mark, shows);
        // The sentence may have to be fetched first.
        until("the help is there", || {
            description(&mark).as_deref() == Some("A path of <i>levels</i>.")
        })
        .await;
        let tip = select(page.host(), "[role=tooltip]").remove(0);
        assert!(tip.matches(":popover-open").unwrap());
        dispatch(&mark, hides);
        frame().await;
        assert_eq!(mark.get_attribute("aria-describedby"), None);
        assert!(!tip.matches(":popover-open").unwrap());
    }
}

#[wasm_bindgen_test]
async fn a_dialog_takes_the_focus_closes_on_request_and_gives_the_focus_back() {
    let open = RwSignal::new(false);
    let page = mount(move || {
        view! {
            <Button label="Open" on_press=move |()| open.set(true) />
            <Dialog title="Profiles" open=open on_close=move |()| open.set(false)>
                <TextField label="Name" value="" on_input=move |_: String| () />
            </Dialog>
        }
        .into_any()
    });
    frame().await;
    assert!(all(page.host(), "dialog", "Profiles").is_empty());
    let opener = find(page.host(), "button", "Open");
    opener.focus().unwrap();

    // What Escape does to an open dialog, then its cross.
    for closes in ["requestClose", "cross"] {
        opener.click();
        let dialog = appears(page.host(), "dialog", "Profiles").await;
        assert!(dialog.matches(":modal").unwrap());
        let name = find(&dialog, "textbox", "Name");
        until("the first field has the focus", || has_focus(&name)).await;
        match closes {
            "cross" => find(&dialog, "button", "Close").click(),
            method => {
                let method = Reflect::get(&dialog, &method.into()).unwrap();
                method.unchecked_into::<Function>().call0(&dialog).unwrap();
            }
        }
        until("the dialog has closed", || !open.get_untracked()).await;
        until("the focus is back", || has_focus(&opener)).await;
        assert!(select(page.host(), "dialog[open]").is_empty());
        assert!(all(page.host(), "textbox", "Name").is_empty());
    }
}

#[wasm_bindgen_test]
async fn tabs_are_walked_with_the_keys_round_and_round() {
    let selected = RwSignal::new(0_usize);
    let tab = |label: &str| Tab {
        label: label.to_owned(),
        controls: "panel".to_owned(),
    };
    let tabs = vec![tab("Text"), tab("JSON"), tab("Hex")];
    let page = mount(move || {
        view! {
            <Tabs
                label="Payload as"
                tabs=tabs
                selected=selected
                on_select=move |index: usize| selected.set(index)
            />
            <div id="panel"></div>
        }
        .into_any()
    });
    frame().await;
    let row = find(page.host(), "tablist", "Payload as");
    find(&row, "tab", "Text").focus().unwrap();
    for (key, expected) in [
        ("ArrowRight", "JSON"),
        ("ArrowRight", "Hex"),
        ("ArrowRight", "Text"),
        ("ArrowLeft", "Hex"),
        ("Home", "Text"),
        ("End", "Hex"),
    ] {
        let focused = document().active_element().unwrap().unchecked_into();
        assert!(press(&focused, key), "{key} is taken");
        frame().await;
        let chosen = find(&row, "tab", expected);
        assert!(has_focus(&chosen), "after {key}");
        let selected: Vec<_> = select(&row, "[aria-selected=true]")
            .iter()
            .map(|tab| text(tab))
            .collect();
        assert_eq!(selected, [expected]);
        let reachable: Vec<_> = select(&row, "[tabindex='0']")
            .iter()
            .map(|tab| text(tab))
            .collect();
        assert_eq!(reachable, [expected], "one tab is in the page's tab order");
    }
    assert!(!press(&row, "a"), "other keys are left alone");
}
