//! The message list: windowed, safe, and walked by keyboard.

use mqtt_lab::codec::{Publish, TopicName};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

use crate::lab::LabPage;
use crate::page::{appears, document_id, find, frame, has_focus, press, select, text, until};
use crate::server::Server;

/// More rows in the page than this, and the list is not windowed.
const ROWS_IN_VIEW: usize = 100;

fn deliver(server: &Server, topic: &str, payloads: &[String]) {
    let messages: Vec<_> = payloads
        .iter()
        .map(|payload| Publish {
            topic: Some(TopicName::parse(topic).unwrap()),
            payload: payload.as_bytes(),
            ..Publish::default()
        })
        .collect();
    server.publish(&messages);
}

fn rows(list: &Element) -> Vec<HtmlElement> {
    select(list, "[role=option]")
}

fn position(row: &Element) -> String {
    row.get_attribute("aria-posinset").unwrap_or_default()
}

fn selected(list: &Element) -> Option<HtmlElement> {
    let mut selected = select(list, "[aria-selected=true]");
    assert!(selected.len() <= 1, "at most one row is selected");
    selected.pop()
}

#[wasm_bindgen_test]
async fn of_ten_thousand_messages_only_those_in_view_are_in_the_page() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    let payloads: Vec<_> = (0..10_000)
        .map(|number| format!("number {number}"))
        .collect();
    for payloads in payloads.chunks(500) {
        deliver(&server, "flood/1", payloads);
        frame().await;
    }
    page.says("Messages", "Messages received: 10,000").await;
    let panel = page.region("Messages");
    let list: Element = appears(&panel, "listbox", "Messages, newest first")
        .await
        .into();
    until("the newest is on top", || {
        rows(&list)
            .first()
            .is_some_and(|row| text(row).contains("number 9999"))
    })
    .await;
    let drawn = rows(&list);
    assert!(
        (3..ROWS_IN_VIEW).contains(&drawn.len()),
        "{} rows",
        drawn.len()
    );
    for (index, row) in drawn.iter().enumerate() {
        let words = text(row);
        assert!(
            words.contains(&format!("number {}", 9_999 - index)),
            "{words}"
        );
        assert!(
            words.contains("Topic: flood/1") && words.contains("Qos: 0"),
            "{words}"
        );
        assert_eq!(position(row), (index + 1).to_string());
        assert_eq!(row.get_attribute("aria-setsize").as_deref(), Some("10000"));
    }

    list.set_scroll_top(list.scroll_height());
    until("the oldest is at the end", || {
        rows(&list)
            .last()
            .is_some_and(|row| position(row) == "10000")
    })
    .await;
    let drawn = rows(&list);
    assert!(drawn.len() < ROWS_IN_VIEW, "{} rows", drawn.len());
    assert!(text(drawn.last().unwrap()).ends_with("number 0"));

    // New ones do not move what is being read.
    deliver(&server, "flood/1", &["one more".to_owned()]);
    appears(&panel, "button", "+1 new, jump to newest")
        .await
        .click();
    until("the newest is on top", || {
        rows(&list)
            .first()
            .is_some_and(|row| text(row).ends_with("one more"))
    })
    .await;
}

/// Frames that come faster than they can be told one by one wait in a queue: none may be lost or
/// change places, neither when the flood ends nor when the connection does.
#[wasm_bindgen_test]
async fn a_flood_of_frames_arrives_whole_and_in_order() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    let panel = page.region("Messages");
    let newest = |expected: String| {
        let panel = panel.clone();
        async move {
            let list = appears(&panel, "listbox", "Messages, newest first").await;
            until(&format!("{expected} is on top"), || {
                let rows = rows(&list);
                rows.first()
                    .is_some_and(|row| text(row).ends_with(&expected))
            })
            .await;
        }
    };
    for number in 0..500 {
        deliver(&server, "flood/1", &[format!("number {number}")]);
    }
    page.says("Messages", "Messages received: 500").await;
    newest("number 499".to_owned()).await;
    let list = appears(&panel, "listbox", "Messages, newest first").await;
    for (index, row) in rows(&list).iter().enumerate() {
        let words = text(row);
        assert!(
            words.ends_with(&format!("number {}", 499 - index)),
            "{words}"
        );
    }
    deliver(&server, "calm/1", &["one alone".to_owned()]);
    newest("one alone".to_owned()).await;
    for number in 0..500 {
        deliver(&server, "flood/2", &[format!("again {number}")]);
    }
    server.end(1001, "");
    page.says("Connection", "closed").await;
    page.says("Messages", "Messages received: 1,001").await;
    newest("again 499".to_owned()).await;
}

#[wasm_bindgen_test]
async fn a_hostile_payload_stays_text() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    js_sys::eval("globalThis.harmed = false").unwrap();
    let hostile = "<img src=x onerror=\"globalThis.harmed = true\"><script>harmed = true</script>";
    let images = || select(page.root(), "img, script, iframe").len();
    let before = images();
    deliver(&server, hostile, &[hostile.to_owned()]);
    let panel = page.region("Messages");
    let list = appears(&panel, "listbox", "Messages, newest first").await;
    until("the row is there", || rows(&list).len() == 1).await;
    let row = rows(&list).remove(0);
    assert!(text(&row).contains(&format!("Topic: {hostile}")));
    assert!(text(&row).ends_with(hostile));
    row.click();
    let details = appears(&panel, "region", "Message details").await;
    let payload = || select(&details, "[data-testid=payload]");
    until("the payload is shown", || !payload().is_empty()).await;
    assert_eq!(text(&payload()[0]), hostile);
    for view in ["JSON", "Hex", "Text"] {
        find(&details, "tab", view).click();
        frame().await;
    }
    assert_eq!(images(), before, "no element comes out of a payload");
    assert_eq!(
        js_sys::eval("globalThis.harmed").unwrap().as_bool(),
        Some(false)
    );
}

#[wasm_bindgen_test]
async fn rows_are_selected_by_keyboard() {
    let page = LabPage::open().await;
    let server = page.connect().await;
    let payloads: Vec<_> = (0..1_000)
        .map(|number| format!("number {number}"))
        .collect();
    deliver(&server, "keys/1", &payloads);
    let panel = page.region("Messages");
    let list = appears(&panel, "listbox", "Messages, newest first").await;
    list.focus().unwrap();
    assert!(has_focus(&list));
    for (key, number) in [
        ("Home", 999),
        ("ArrowDown", 998),
        ("ArrowDown", 997),
        ("ArrowUp", 998),
        ("End", 0),
        ("ArrowUp", 1),
        ("Home", 999),
    ] {
        assert!(press(&list, key), "{key} is taken");
        let ending = format!("number {number}");
        until(&format!("{key} selects {ending:?}"), || {
            selected(&list).is_some_and(|row| text(&row).ends_with(&ending))
        })
        .await;
        let row = selected(&list).unwrap();
        let active = list.get_attribute("aria-activedescendant").unwrap();
        assert_eq!(row.id(), active, "what is selected is what is announced");
        assert_eq!(document_id(&active).as_ref(), Some(row.as_ref()));
        let details = appears(&panel, "region", "Message details").await;
        until("the details follow", || {
            select(&details, "[data-testid=payload]")
                .iter()
                .any(|payload| text(payload) == ending)
        })
        .await;
    }
    // A new message leaves the selection where it is.
    deliver(&server, "keys/1", &["later".to_owned()]);
    page.says("Messages", "Messages received: 1,001").await;
    frame().await;
    assert!(text(&find(&panel, "region", "Message details")).contains("number 999"));
}
