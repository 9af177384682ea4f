//! The inspector: three panes that point at the same things, however large the packet.

use mqtt_lab::codec::{PacketId, Publish, Qos, TopicName};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

use crate::lab::LabPage;
use crate::page::{appears, dispatch, document_id, find, frame, point, press, select, text, until};

/// Has the server publish a message of QoS 1, and opens it in the Wire.
async fn open(payload: &[u8]) -> (LabPage, Element) {
    let page = LabPage::open().await;
    let server = page.connect().await;
    server.publish(&[Publish {
        qos: Qos::AtLeastOnce,
        packet_id: PacketId::new(4314),
        topic: Some(TopicName::parse("a/b").unwrap()),
        payload,
        ..Publish::default()
    }]);
    find(page.root(), "button", "Wire").click();
    let wire: Element = appears(page.root(), "region", "Wire").await.into();
    let list: Element = appears(&wire, "listbox", "Packets, newest last")
        .await
        .into();
    let publish = || {
        let rows = select(&list, "[role=option]");
        rows.into_iter()
            .find(|row| text(row).contains("PUBLISH 4314"))
    };
    until("the PUBLISH is listed", || publish().is_some()).await;
    dispatch(&publish().unwrap(), "mousedown");
    let selected: Element = appears(&wire, "region", "Selected").await.into();
    until("its fields are shown", || !rows(&selected).is_empty()).await;
    (page, selected)
}

fn rows(selected: &Element) -> Vec<HtmlElement> {
    select(selected, "[role=treeitem]")
}

fn row(selected: &Element, name: &str) -> HtmlElement {
    let named = |row: &HtmlElement| text(&select(row, ".field-row__name").remove(0)) == name;
    rows(selected).into_iter().find(named).unwrap()
}

/// The names of the rows that are lit.
fn lit_rows(selected: &Element) -> Vec<String> {
    let lit = select(selected, "[role=treeitem][data-mark=lit] .field-row__name");
    lit.iter().map(|name| text(name)).collect()
}

/// The names of what is lit in words.
fn lit_words(selected: &Element) -> Vec<String> {
    let lit = select(selected, "[role=option][data-mark=lit] .sentences__name");
    lit.iter().map(|name| text(name)).collect()
}

/// The bytes that are lit.
fn lit_bytes(selected: &Element) -> Vec<usize> {
    let lit = select(selected, ".byte-view__hex > [data-mark]");
    let offset = |byte: &HtmlElement| byte.get_attribute("data-byte").unwrap().parse().unwrap();
    lit.iter().map(offset).collect()
}

fn byte(selected: &Element, offset: usize) -> HtmlElement {
    let byte = format!(".byte-view__hex > [data-byte=\"{offset}\"]");
    select(selected, &byte).remove(0)
}

async fn shows(selected: &Element, name: &str, bytes: core::ops::Range<usize>) {
    let bytes: Vec<usize> = bytes.collect();
    until(&format!("{name} is lit in all panes"), || {
        lit_rows(selected) == [name]
            && lit_words(selected) == [name]
            && lit_bytes(selected) == bytes
    })
    .await;
}

#[wasm_bindgen_test]
async fn pointing_in_one_pane_lights_the_same_in_the_others() {
    let (_page, selected) = open(b"21.5").await;
    point(&byte(&selected, 8), "pointerover");
    shows(&selected, "Packet Identifier", 7..9).await;
    point(&row(&selected, "Topic Name"), "pointerover");
    shows(&selected, "Topic Name", 2..7).await;
    let payload = select(&selected, "[role=option]").pop().unwrap();
    point(&payload, "pointerover");
    shows(&selected, "Payload", 9..13).await;
    // Bits light the byte that they are of.
    point(&row(&selected, "QoS"), "pointerover");
    shows(&selected, "QoS", 0..1).await;
    // What is selected stays lit when the pointer has gone.
    row(&selected, "Packet Identifier").click();
    point(&select(&selected, "[role=tree]").remove(0), "pointerleave");
    shows(&selected, "Packet Identifier", 7..9).await;
}

#[wasm_bindgen_test]
async fn the_keys_walk_the_tree_and_the_bytes_and_the_words() {
    let (_page, selected) = open(b"21.5").await;
    let tree = find(&selected, "tree", "Fields of the packet");
    for key in [
        "Home",
        "ArrowRight",
        "ArrowDown",
        "ArrowUp",
        "ArrowUp",
        "ArrowLeft",
    ] {
        assert!(press(&tree, key), "the tree takes {key}");
        frame().await;
        let active = tree.get_attribute("aria-activedescendant").unwrap();
        let active = document_id(&active).expect("the row that is told of is there");
        assert_eq!(
            active.get_attribute("aria-selected").as_deref(),
            Some("true")
        );
    }
    // The fixed header is closed now.
    let header = row(&selected, "Fixed header");
    assert_eq!(
        header.get_attribute("aria-expanded").as_deref(),
        Some("false")
    );
    assert!(
        rows(&selected)
            .iter()
            .all(|row| !text(row).contains("Remaining Length"))
    );
    assert_eq!(lit_bytes(&selected), [0, 1]);
    press(&tree, "End");
    shows(&selected, "Payload", 9..13).await;

    let bytes = select(&selected, "[role=application]").remove(0);
    assert!(press(&bytes, "Home"));
    // A byte of a closed heading opens it.
    shows(&selected, "Packet type and flags", 0..1).await;
    press(&bytes, "PageDown");
    shows(&selected, "Payload", 9..13).await;
    press(&bytes, "ArrowLeft");
    until("the last byte but one is meant", || {
        let meant = select(&selected, ".byte-view__hex > [data-mark=byte]");
        meant.len() == 1 && meant[0].get_attribute("data-byte").as_deref() == Some("11")
    })
    .await;
    let told = text(&select(&selected, ".inspector__pane--bytes [role=status]").remove(0));
    assert_eq!(told, "Byte 11: 2e, Payload 21.5");

    let words = find(&selected, "listbox", "The packet in words");
    assert!(press(&words, "ArrowUp"));
    shows(&selected, "Packet Identifier", 7..9).await;
    assert!(!press(&words, "a"), "other keys are the page's");
}

#[wasm_bindgen_test]
async fn of_a_megabyte_only_what_is_in_view_is_in_the_page() {
    let payload = vec![b'x'; 1 << 20];
    let (_page, selected) = open(&payload).await;
    let drawn = || select(&selected, ".byte-view__row").len();
    assert!((1..100).contains(&drawn()), "{} rows", drawn());
    let bytes = select(&selected, "[role=application]").remove(0);
    press(&bytes, "End");
    let last = payload.len() + 10;
    until("the last byte is in view and lit", || {
        lit_bytes(&selected).last() == Some(&last)
    })
    .await;
    assert!((1..100).contains(&drawn()), "{} rows", drawn());
    assert_eq!(lit_rows(&selected), ["Payload"]);
}
