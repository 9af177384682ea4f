//! The page's entry point.

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    mqtt_lab::ui::start();
}

/// Elsewhere there is no page to draw; the lab itself is the library.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
