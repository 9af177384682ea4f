//! The page around a component under test: mounting, waiting, and finding things as a person with
//! a screen reader would, by role and name. Both are asked of the browser's own accessibility
//! tree, which `webdriver.json` makes readable.

use core::any::Any;

use js_sys::{Promise, Reflect};
use leptos::mount::mount_to;
use leptos::prelude::*;
use mqtt_lab::ui::components::{TipLayer, Tips};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, EventInit, HtmlElement, KeyboardEventInit, PointerEventInit};

/// How long a condition may take to come true, in milliseconds, before the test fails.
const PATIENCE: f64 = 10_000.0;

const STYLES: [&str; 11] = [
    include_str!("../../style/tokens.css"),
    include_str!("../../style/base.css"),
    include_str!("../../style/layout.css"),
    include_str!("../../style/components.css"),
    include_str!("../../style/connection.css"),
    include_str!("../../style/publish.css"),
    include_str!("../../style/subscriptions.css"),
    include_str!("../../style/messages.css"),
    include_str!("../../style/retained.css"),
    include_str!("../../style/wire.css"),
    include_str!("../../style/inspector.css"),
];

/// A view in the test's page; dropping it takes it out again.
pub(crate) struct Mounted {
    host: HtmlElement,
    view: Option<Box<dyn Any>>,
}

/// Puts a view into the page, with what the page gives to every component.
pub(crate) fn mount(view: impl FnOnce() -> AnyView + 'static) -> Mounted {
    mount_bare(move || {
        Tips::provide();
        view! {
            {view()}
            <TipLayer />
        }
        .into_any()
    })
}

/// Puts a view into the page as it is.
pub(crate) fn mount_bare(view: impl FnOnce() -> AnyView + 'static) -> Mounted {
    style_the_page();
    let host: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&host).unwrap();
    let view = mount_to(host.clone(), view);
    Mounted {
        host,
        view: Some(Box::new(view)),
    }
}

impl Mounted {
    pub(crate) fn host(&self) -> &Element {
        &self.host
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.view.take();
        self.host.remove();
    }
}

/// The product's own style sheets: without them a list would be as high as all its rows.
fn style_the_page() {
    const ID: &str = "styles";
    if document().get_element_by_id(ID).is_some() {
        return;
    }
    let sheet = document().create_element("style").unwrap();
    sheet.set_id(ID);
    sheet.set_text_content(Some(&STYLES.concat()));
    document().head().unwrap().append_child(&sheet).unwrap();
}

/// Lets everything that is due run, and the browser draw one frame. Something must have been
/// mounted before.
pub(crate) async fn frame() {
    leptos::task::tick().await;
    let drawn = Promise::new(&mut |resolve, _| {
        window().request_animation_frame(&resolve).unwrap();
    });
    JsFuture::from(drawn).await.unwrap();
    leptos::task::tick().await;
}

/// Waits, frame by frame, until `condition` holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let now = || window().performance().unwrap().now();
    let start = now();
    while !condition() {
        assert!(
            now() - start < PATIENCE,
            "{what}: not within {PATIENCE} ms; the page says: {}",
            document()
                .body()
                .unwrap()
                .text_content()
                .unwrap_or_default()
        );
        frame().await;
    }
}

/// The elements in `root` with this role that have this accessible name.
pub(crate) fn all(root: &Element, role: &str, name: &str) -> Vec<HtmlElement> {
    let named = |(_, found): &(HtmlElement, String)| found == name;
    let found = of_role(root, role).into_iter().filter(named);
    found.map(|(element, _)| element).collect()
}

/// The one element in `root` with this role and this accessible name.
pub(crate) fn find(root: &Element, role: &str, name: &str) -> HtmlElement {
    let mut found = all(root, role, name);
    assert_eq!(
        found.len(),
        1,
        "elements of role {role} named {name:?}; of that role there are {:?}",
        of_role(root, role)
            .into_iter()
            .map(|(_, name)| name)
            .collect::<Vec<_>>()
    );
    found.remove(0)
}

/// The same, once it is there.
pub(crate) async fn appears(root: &Element, role: &str, name: &str) -> HtmlElement {
    until(&format!("a {role} named {name:?} appears"), || {
        !all(root, role, name).is_empty()
    })
    .await;
    find(root, role, name)
}

fn of_role(root: &Element, role: &str) -> Vec<(HtmlElement, String)> {
    // Which elements may have the role; whether they do is for the browser to say. Asking it of
    // every element would take seconds.
    let candidates = match role {
        "button" => "button, summary",
        "checkbox" | "textbox" => "input, textarea",
        "combobox" => "select",
        "dialog" | "form" => role,
        "region" => "section",
        "listbox" | "tab" | "tablist" => &format!("[role={role}]"),
        _ => "*",
    };
    select(root, candidates)
        .into_iter()
        .filter(|element| computed(element, "computedRole") == role)
        .map(|element| {
            let name = computed(&element, "computedName");
            (element, name)
        })
        .collect()
}

/// What the browser tells assistive technology of an element.
pub(crate) fn computed(element: &Element, property: &str) -> String {
    let value = Reflect::get(element, &property.into()).unwrap();
    value
        .as_string()
        .expect("Chromium runs with ComputedAccessibilityInfo, as webdriver.json says")
}

/// The elements in `root` that a CSS selector names.
pub(crate) fn select(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let found = root.query_selector_all(selector).unwrap();
    (0..found.length())
        .filter_map(|index| found.item(index))
        .map(JsCast::unchecked_into)
        .collect()
}

/// The words in an element.
pub(crate) fn text(element: &Element) -> String {
    element.text_content().unwrap_or_default()
}

/// The words of what `aria-describedby` of an element points to.
pub(crate) fn description(element: &Element) -> Option<String> {
    let id = element.get_attribute("aria-describedby")?;
    let described_by = document().get_element_by_id(&id);
    Some(text(&described_by.expect("the description is in the page")))
}

/// The element with this id.
pub(crate) fn document_id(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// Whether an element has the focus.
pub(crate) fn has_focus(element: &Element) -> bool {
    document().active_element().as_ref() == Some(element)
}

/// Types `words` in place of what stands in a field.
pub(crate) fn fill(field: &HtmlElement, words: &str) {
    Reflect::set(field, &"value".into(), &words.into()).unwrap();
    dispatch(field, "input");
}

/// Chooses the entry of a list that has this value.
pub(crate) fn choose(list: &HtmlElement, value: &str) {
    Reflect::set(list, &"value".into(), &value.into()).unwrap();
    dispatch(list, "change");
}

/// Dispatches a bubbling event of this name.
pub(crate) fn dispatch(target: &HtmlElement, name: &str) {
    let options = EventInit::new();
    options.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict(name, &options).unwrap();
    target.dispatch_event(&event).unwrap();
}

/// Dispatches a pointer event of this name, as a mouse makes it.
pub(crate) fn point(target: &HtmlElement, name: &str) {
    let options = PointerEventInit::new();
    options.set_bubbles(true);
    options.set_pointer_type("mouse");
    let event = web_sys::PointerEvent::new_with_event_init_dict(name, &options).unwrap();
    target.dispatch_event(&event).unwrap();
}

/// Presses a key; whether the page has taken it for itself.
pub(crate) fn press(target: &HtmlElement, key: &str) -> bool {
    let options = KeyboardEventInit::new();
    options.set_key(key);
    options.set_bubbles(true);
    options.set_cancelable(true);
    let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &options);
    !target.dispatch_event(&event.unwrap()).unwrap()
}
