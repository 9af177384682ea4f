//! The screen: Leptos components. They read the lab and send it commands; nothing is worked out here.

pub mod components;
