//! Keyed lists: what stays in them stays as it is, wherever it then stands.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use leptos::prelude::*;
use mqtt_lab::ui::components::{Button, Entry, keyed};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::page::{Mounted, frame, has_focus, mount, select, text};

/// A list with a button for each of these keys; and how many have been taken out of it.
fn list(keys: RwSignal<Vec<u8>>) -> (Mounted, Arc<AtomicUsize>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ended);
    let page = mount(move || {
        let entry = move |key: u8| {
            let count = Arc::clone(&count);
            Entry::new(key, move || {
                on_cleanup(move || {
                    count.fetch_add(1, Ordering::Relaxed);
                });
                view! { <Button label=key.to_string() on_press=|()| {} /> }.into_any()
            })
        };
        keyed(move || keys.get().into_iter().map(&entry).collect())
    });
    (page, ended)
}

/// The buttons by their keys, in the order in which they stand.
fn buttons(page: &Mounted) -> Vec<(u8, HtmlElement)> {
    let buttons = select(page.host(), ".button").into_iter();
    let keyed = buttons.map(|button| (text(&button).trim().parse().unwrap(), button));
    keyed.collect()
}

#[wasm_bindgen_test]
async fn a_keyed_list_has_its_order_and_keeps_what_stays() {
    let keys = RwSignal::new(Vec::new());
    let (page, ended) = list(keys);
    let mut before: HashMap<u8, HtmlElement> = HashMap::new();
    let mut gone = 0;
    let orders: [&[u8]; 14] = [
        &[1, 2, 3],
        &[1, 2, 3, 4, 5],
        &[5, 1, 2, 3, 4],
        &[5, 4, 3, 2, 1],
        &[2, 1],
        &[],
        &[9],
        &[8, 9],
        &[8, 7, 9, 6],
        &[6, 7],
        &[3, 6, 4, 7, 5],
        &[7, 1, 3, 2, 6],
        &[10, 11, 12],
        &[12, 10, 13, 11],
    ];
    for order in orders {
        keys.set(order.to_vec());
        frame().await;
        let now = buttons(&page);
        let shown: Vec<u8> = now.iter().map(|(key, _)| *key).collect();
        assert_eq!(shown, order);
        gone += before.keys().filter(|key| !order.contains(key)).count();
        assert_eq!(ended.load(Ordering::Relaxed), gone, "{order:?}");
        let now: HashMap<_, _> = now.into_iter().collect();
        for (key, button) in &now {
            let old = before.get(key);
            assert!(old.is_none_or(|old| old == button), "{key} of {order:?}");
        }
        before = now;
    }
}

#[wasm_bindgen_test]
async fn the_focus_stays_while_others_come_and_go() {
    let keys = RwSignal::new(vec![1, 2, 3]);
    let (page, _) = list(keys);
    frame().await;
    let button = buttons(&page).swap_remove(1).1;
    button.focus().unwrap();
    for order in [&[4, 2, 3][..], &[2, 3], &[2], &[5, 6, 2, 7]] {
        keys.set(order.to_vec());
        frame().await;
        assert!(has_focus(&button), "{order:?}");
    }
}
