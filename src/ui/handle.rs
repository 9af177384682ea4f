//! The two ways between the screen and the lab: [`LabHandle`] reads it, [`Dispatch`] tells it.

use leptos::prelude::*;

use crate::lab::{ClientKey, Command, Lab, LabClient, Refusal};
use crate::platform::Driver;
use crate::ui::context::provided;
use crate::ui::memo::Memo;

/// Reads the lab. Every read in a view is made again when the lab has changed, at most once per
/// animation frame.
#[derive(Clone, Copy)]
pub struct LabHandle {
    driver: StoredValue<Driver, LocalStorage>,
    revision: RwSignal<u32>,
}

/// Sends commands to the lab.
#[derive(Clone, Copy)]
pub struct Dispatch(StoredValue<Driver, LocalStorage>);

// What is generic here is compiled once for each use, and there are a hundred of them: everything
// that does not depend on the closure stands in functions that are compiled once.
impl LabHandle {
    /// Reads the lab; in a view, again whenever it has changed.
    pub fn with<R>(self, read: impl FnOnce(&Lab) -> R) -> R {
        self.tracked().with(read)
    }

    /// Reads the lab once, as an event handler does.
    pub fn with_untracked<R>(self, read: impl FnOnce(&Lab) -> R) -> R {
        self.untracked().with(read)
    }

    /// Reads one client; `None` where it has been removed.
    pub fn client<R>(self, client: ClientKey, read: impl FnOnce(&LabClient) -> R) -> Option<R> {
        self.with(|lab| lab.client(client).map(read))
    }

    /// Words that follow the lab; a text node that shows them is touched only when they change.
    pub fn words(self, read: impl Fn(&Lab) -> String + Send + Sync + 'static) -> Signal<String> {
        self.boxed_words(Box::new(read))
    }

    /// A value that follows the lab, and wakes what depends on it only when it is another one.
    pub fn memo<T>(self, read: impl Fn(&Lab) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move || self.with(&read))
    }

    /// Why the lab has refused something, for parts of the page that are there before all words are.
    pub fn words_of(self, refusal: &Refusal) -> String {
        self.with_untracked(|lab| lab.words_of(refusal))
    }

    fn boxed_words(self, read: Box<dyn Fn(&Lab) -> String + Send + Sync>) -> Signal<String> {
        Signal::derive(move || self.with(|lab| read(lab)))
    }

    #[inline(never)]
    fn tracked(self) -> Driver {
        self.revision.track();
        self.untracked()
    }

    #[inline(never)]
    fn untracked(self) -> Driver {
        self.driver.get_value()
    }
}

impl Dispatch {
    /// Has the lab carry out `command`.
    ///
    /// # Errors
    ///
    /// What the lab refuses, for the control that asked to show. A refusal also stands in the
    /// trace, and in the errors of the form it is about.
    #[inline(never)]
    pub fn send(self, command: Command) -> Result<(), Refusal> {
        self.0.get_value().send(command)
    }

    /// Reads a file of messages into the lab.
    ///
    /// # Errors
    ///
    /// What the lab refuses.
    pub fn import(self, file: web_sys::File) -> Result<(), Refusal> {
        self.0.get_value().import(file)
    }

    /// Has the lab carry out `command`, where a refusal is shown by the form it is about.
    pub fn tell(self, command: Command) {
        let _ = self.send(command);
    }
}

/// Starts the lab and hands both ways to every component below.
pub fn provide_lab() {
    let driver = Driver::start();
    let revision = RwSignal::new(0_u32);
    driver.on_change(move || revision.update(|revision| *revision = revision.wrapping_add(1)));
    let driver = StoredValue::new_local(driver);
    provide_context(LabHandle { driver, revision });
    provide_context(Dispatch(driver));
}

/// How this component reads the lab.
pub fn use_lab() -> LabHandle {
    provided::<LabHandle>()
}

/// How this component tells the lab what to do.
pub fn use_dispatch() -> Dispatch {
    provided::<Dispatch>()
}
