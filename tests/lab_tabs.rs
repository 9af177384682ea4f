//! Several tabs of one browser that share one lab broker. Each tab is a whole lab; the browser between
//! them, with its lock and its channel, is played.

#[path = "lab_tabs/bounds.rs"]
mod bounds;
#[path = "lab_tabs/browser.rs"]
mod browser;
#[path = "lab_tabs/guests.rs"]
mod guests;
#[path = "lab_tabs/seats.rs"]
mod seats;
#[path = "lab_tabs/sharing.rs"]
mod sharing;
