//! The browser's edges: storage that is refused or full, the ticker, a WebSocket with nobody
//! behind it.

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;

use js_sys::eval;
use leptos::prelude::*;
use mqtt_lab::platform::ticker::Ticker;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::lab::LabPage;
use crate::page::{fill, find, frame, mount, until};

/// Something of the page that is put out of order until this is dropped.
struct Spoilt {
    restore: &'static str,
}

impl Spoilt {
    fn by(spoil: &str, restore: &'static str) -> Self {
        eval(spoil).expect("the page can be spoilt");
        Self { restore }
    }
}

impl Drop for Spoilt {
    fn drop(&mut self) {
        eval(self.restore).expect("the page can be put in order again");
    }
}

#[wasm_bindgen_test]
async fn settings_are_kept_for_the_next_visit() {
    let page = LabPage::open().await;
    find(page.root(), "button", "Theme: as the system").click();
    until("the page is light", || theme().as_deref() == Some("light")).await;
    drop(page);
    let page = LabPage::open_again().await;
    until("the page is light again", || {
        theme().as_deref() == Some("light")
    })
    .await;
    find(page.root(), "button", "Theme: light");
    drop(page);
    let page = LabPage::open().await;
    find(page.root(), "button", "Theme: as the system");
}

#[wasm_bindgen_test]
async fn without_storage_the_page_works_and_says_so() {
    let spoilt = Spoilt::by(
        "globalThis.storageOfThePage = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
         Object.defineProperty(globalThis, 'localStorage', {
           configurable: true,
           get() { throw new DOMException('blocked', 'SecurityError'); },
         })",
        "Object.defineProperty(globalThis, 'localStorage', storageOfThePage)",
    );
    let page = LabPage::open_again().await;
    page.choose_a_server_outside().await;
    page.says_anywhere("the browser gives this page no storage")
        .await;
    find(page.root(), "button", "Theme: as the system").click();
    until("the setting holds all the same", || {
        theme().as_deref() == Some("light")
    })
    .await;
    page.connect().await;
    drop(page);
    drop(spoilt);
}

#[wasm_bindgen_test]
async fn full_storage_is_said_and_loses_nothing_that_is_shown() {
    let page = LabPage::open().await;
    let spoilt = Spoilt::by(
        "(() => {
           let room = 'x'.repeat(1 << 20);
           for (let n = 0; room.length > 0; n++) {
             try { localStorage.setItem('elsewhere.' + n, room); }
             catch { room = room.slice(0, room.length >> 1); }
           }
         })()",
        "localStorage.clear()",
    );
    find(page.root(), "button", "Theme: as the system").click();
    page.says_anywhere("the browser's storage for this page is full")
        .await;
    until("the setting holds all the same", || {
        theme().as_deref() == Some("light")
    })
    .await;
    drop(spoilt);
    drop(page);
    LabPage::open().await;
}

fn theme() -> Option<String> {
    document()
        .document_element()
        .unwrap()
        .get_attribute("data-theme")
}

/// A ticker that counts, and its count.
fn counting() -> (Ticker, Rc<Cell<u32>>) {
    // Waiting needs what mounting sets up.
    drop(mount(|| ().into_any()));
    let count = Rc::new(Cell::new(0));
    let counted = Rc::clone(&count);
    let ticker = Ticker::new(Rc::new(move || counted.set(counted.get() + 1)));
    (ticker, count)
}

/// Where the ticker's script is found while this lives; the runner serves the package's files.
fn script_is_served() -> Spoilt {
    Spoilt::by(
        "globalThis.WorkerOfThePage = globalThis.Worker;
         globalThis.Worker = class extends WorkerOfThePage {
           constructor(url) { super('/src/platform/' + url); }
         }",
        "globalThis.Worker = WorkerOfThePage",
    )
}

#[wasm_bindgen_test]
async fn the_ticker_fires_once_for_each_time_it_is_armed() {
    let served = script_is_served();
    let (ticker, count) = counting();
    for round in 1..=3 {
        ticker.arm(Duration::from_millis(5));
        until("the ticker fires", || count.get() >= round).await;
        frame().await;
        assert_eq!(count.get(), round);
    }
    assert!(ticker.is_kept_by_worker());
    check_replacing_and_cancelling(&ticker, &count).await;
    assert!(ticker.is_kept_by_worker());
    drop(served);
}

#[wasm_bindgen_test]
async fn the_ticker_also_fires_where_the_worker_cannot_be_loaded() {
    let (ticker, count) = counting();
    ticker.arm(Duration::from_millis(5));
    until("the ticker fires", || count.get() == 1).await;
    assert!(!ticker.is_kept_by_worker());
    check_replacing_and_cancelling(&ticker, &count).await;
}

async fn check_replacing_and_cancelling(ticker: &Ticker, count: &Cell<u32>) {
    let before = count.get();
    // A nearer time replaces a far one.
    ticker.arm(Duration::from_secs(86_400));
    ticker.arm(Duration::from_millis(5));
    until("the nearer time is kept", || count.get() == before + 1).await;
    // A later time replaces a near one: of two tickers that fire in this order, the first was not
    // this one's old time.
    let (other, others) = counting();
    other.arm(Duration::ZERO);
    until("the other ticker runs", || others.get() == 1).await;
    ticker.arm(Duration::from_millis(20));
    ticker.arm(Duration::from_secs(86_400));
    other.arm(Duration::from_millis(80));
    until("the other ticker fires", || others.get() == 2).await;
    assert_eq!(
        count.get(),
        before + 1,
        "the time that was replaced is not kept"
    );
    ticker.arm(Duration::from_millis(20));
    ticker.disarm();
    other.arm(Duration::from_millis(80));
    until("the other ticker fires", || others.get() == 3).await;
    assert_eq!(
        count.get(),
        before + 1,
        "the time that was cancelled is not kept"
    );
}

#[wasm_bindgen_test]
async fn a_port_with_nobody_behind_it_is_reported_as_closed() {
    let page = LabPage::open().await;
    let panel = page.region("Connection");
    let ssl = find(&panel, "checkbox", "SSL");
    if ssl.matches(":checked").unwrap() {
        ssl.click();
    }
    fill(&find(&panel, "textbox", "Host"), "127.0.0.1");
    // No system gives this one out by itself, and no service is known for it.
    fill(&find(&panel, "textbox", "Port"), "1024");
    frame().await;
    eval("globalThis.WebSocket = globalThis.RealWebSocket").unwrap();
    find(&panel, "button", "Connect").click();
    page.says("Connection", "No connection was made").await;
    assert_eq!(page.state(), "disconnected");
    page.says("Connection", "close code 1006").await;
    page.says("Connection", "Nobody there").await;
    find(&panel, "button", "Connect");
}
