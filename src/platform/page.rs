//! What the page itself gives: its address, the clock, chance, the clipboard and files.

use js_sys::{Array, Date, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, HtmlAnchorElement, HtmlInputElement, Performance, Url, UrlSearchParams,
    VisibilityState, Window,
};

use crate::lab::Environment;

use super::storage;

/// The window of the page.
pub fn window() -> Window {
    // Without a window there is no page to show anything on, the panic text goes to the console.
    web_sys::window().expect("the lab runs in a page")
}

/// Whether nobody can see the page.
pub(super) fn is_hidden() -> bool {
    window()
        .document()
        .is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
}

/// Gives the page this title, by which its tab is known.
pub(super) fn entitle(title: &str) {
    if let Some(document) = window().document()
        && document.title() != title
    {
        document.set_title(title);
    }
}

/// The browser's steady clock, looked up once: it is read for each frame that comes in.
pub(super) struct SteadyClock(Option<Performance>);

impl SteadyClock {
    pub(super) fn find() -> Self {
        Self(window().performance())
    }

    /// What it says, in milliseconds.
    pub(super) fn milliseconds(&self) -> f64 {
        self.0.as_ref().map_or_else(Date::now, Performance::now)
    }
}

/// What the browser's steady clock says now and then, in milliseconds.
pub(super) fn now_milliseconds() -> f64 {
    SteadyClock::find().milliseconds()
}

/// Everything the lab is told of its surroundings when it opens.
pub(super) fn environment() -> Environment {
    let location = window().location();
    let query = location.search().unwrap_or_default();
    Environment {
        seed: seed(),
        unix_origin_ms: Date::now() as u64,
        minutes_offset: minutes_from_utc(),
        page_is_https: location
            .protocol()
            .is_ok_and(|protocol| protocol == "https:"),
        query: query_pairs(&query),
        stored: storage::read_all(),
    }
}

/// How many minutes the local time is ahead of UTC now.
pub fn minutes_from_utc() -> i32 {
    // JavaScript counts the other way round: UTC minus local time.
    -(Date::new_0().get_timezone_offset() as i32)
}

/// What stands behind `#` in the page's address, with the `#`; empty where nothing does.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// The page's address with another fragment, and without a query: that may hold a password.
pub fn address_with(fragment: &str) -> String {
    let location = window().location();
    let part = |part: Result<String, JsValue>| part.unwrap_or_default();
    [
        &part(location.origin()),
        &part(location.pathname()),
        "#",
        fragment,
    ]
    .concat()
}

/// Puts `text` on the clipboard; browsers allow it only in answer to a click or a key.
pub fn copy_text(text: &str) {
    // A refusal is the browser's to show; there is nothing the page could do about it.
    let _ = window().navigator().clipboard().write_text(text);
}

/// Offers `bytes` to the user as a file to save.
pub fn download(name: &str, media_type: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    offer(&blob, name)
}

/// Offers a file of the browser's to the user to save.
pub(super) fn offer(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let document = window().document().ok_or(JsValue::NULL)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    Url::revoke_object_url(&address)
}

/// The chosen file of a file input as UTF-8 text; `None` where none is chosen or it cannot be read.
pub async fn read_file(input: HtmlInputElement) -> Option<String> {
    let file = input.files()?.get(0)?;
    let text = JsFuture::from(file.text()).await.ok()?;
    text.as_string()
}

/// The pairs of the page's query, decoded by the browser.
fn query_pairs(query: &str) -> Vec<(String, String)> {
    let Ok(parameters) = UrlSearchParams::new_with_str(query) else {
        return Vec::new();
    };
    Array::from(&parameters)
        .iter()
        .filter_map(|pair| {
            let pair = Array::from(&pair);
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        })
        .collect()
}

/// Chance for Client Identifiers, from the browser's generator or, without one, from the time.
fn seed() -> u64 {
    let mut bytes = [0; 8];
    match window().crypto() {
        Ok(crypto) if crypto.get_random_values_with_u8_array(&mut bytes).is_ok() => {
            u64::from_le_bytes(bytes)
        }
        _ => Date::now().to_bits(),
    }
}
