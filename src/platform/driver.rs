//! The only run loop: feeds the lab, carries out its effects, arms its timer, tells the screen.

mod effects;
mod fetching;
mod neighbours;

use core::cell::{Cell, RefCell};
use core::mem::ManuallyDrop;
use core::time::Duration;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{File, StorageEvent};

use crate::lab::export::{FileCommand, ImportEvent};
use crate::lab::trace::Sequence;
use crate::lab::{BrokerSeat, Command, Effect, Lab, LinkId, Refusal, StorageError};
use crate::time::{AwakeClock, Instant};

use super::backlog::Backlog;
use super::download::{self, Downloads};
use super::page::{SteadyClock, now_milliseconds};
use super::tabs::Tabs;
use super::ticker::Ticker;
use super::websocket::Socket;
use super::{page, storage};

pub(super) use effects::{CarryOut, carry_out};
pub(super) use neighbours::{OpenTabs, open_tabs};

/// The lab, driven. Cheap to clone; all clones are the same lab.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

pub(super) struct Inner {
    /// Left in memory when the page is closed, which then is the browser's: taking it apart is much code.
    lab: ManuallyDrop<RefCell<Lab>>,
    /// One for each client that is connected or about to be: few.
    sockets: RefCell<Vec<OpenSocket>>,
    ticker: Ticker,
    /// The other tabs; `None` while the browser has put the page aside.
    tabs: RefCell<Option<Tabs>>,
    /// The `performance.now()` and the `Date.now()` of [`Instant::ORIGIN`], in milliseconds.
    origin: (f64, f64),
    steady: SteadyClock,
    clock: Cell<AwakeClock>,
    /// What both clocks said when the one on the wall was last looked at, in milliseconds since the origin.
    looked: Cell<(f64, f64)>,
    /// What the ticker is armed for.
    armed: Cell<Option<Instant>>,
    /// The revision of the lab that the screen has been told of.
    shown: Cell<u64>,
    /// When that was, and how many records the trace had ever had.
    flushed: Cell<(Instant, Sequence)>,
    /// How many records the trace had ever had at the last frame, drawn or not.
    seen: Cell<Sequence>,
    /// Whether the next frame must show what there is, because a person waits for it.
    hurry: Cell<bool>,
    /// Told at most once a frame that something on the screen may have changed.
    screen: RefCell<Option<Box<dyn Fn()>>>,
    frame_requested: Cell<bool>,
    /// The callback of `requestAnimationFrame`, made once.
    on_frame: RefCell<Option<Closure<dyn FnMut()>>>,
    /// The same flush by timer: animation frames stop in a hidden tab.
    hidden_flush: RefCell<Option<Timeout>>,
    /// The next look at sockets that have not sent all they were given.
    buffer_check: RefCell<Option<Timeout>>,
    /// The next slice of long work.
    work: RefCell<Option<Timeout>>,
    /// The next task for what waits in the backlogs.
    catch_up: RefCell<Option<Timeout>>,
    downloads: Downloads,
    /// What carries out the effects of a lab that works, once that is there.
    carry_out: Cell<Option<CarryOut>>,
    /// What looks for the other tabs, once the lab broker is there.
    open_tabs: Cell<Option<OpenTabs>>,
    /// Whether what the lab works with is being fetched, or is there.
    fetching_engine: Cell<bool>,
    /// Whether the lab broker is being fetched, or is there.
    fetching_server: Cell<bool>,
    /// Whether both have been fetched, or tried to be, after the page was first drawn.
    prefetched: Cell<bool>,
}

struct OpenSocket {
    link: LinkId,
    socket: Rc<Socket>,
    /// What the lab was last told of its buffer, in bytes.
    buffered: usize,
    /// What it has told and the lab has not been told yet.
    backlog: Backlog,
}

/// How long a hidden tab may go without a flush, in milliseconds.
const HIDDEN_FLUSH: u32 = 500;

/// When so many records have come since the last frame, every row is out of sight again after two or
/// three, and nobody can read them one by one:
const FLOOD: u64 = 12;

/// and for so long the screen then stays as it is, so that the time goes into
/// receiving. What a person does is shown with the next frame all the same.
const FLOOD_FLUSH: Duration = Duration::from_millis(45);

/// The same where so many records have come since that not even the counts can be read in passing.
const TORRENT: u64 = 2_000;
const TORRENT_FLUSH: Duration = Duration::from_millis(150);

/// For how long the clock on the wall is taken to go on like the steady one, in milliseconds. Short,
/// because the first frame after a sleep must have the time on the wall.
const WALL_CLOCK_CHECK: f64 = 4.0;

/// How many steps of long work are done between two looks at the clock: a millisecond's worth or so.
const WORK_STEPS: usize = 2_000;

/// How long a slice of long work lasts, in milliseconds: browsers wait four before the next one, and
/// no task of the page may come near 50.
const WORK_SLICE: f64 = 8.0;

impl Driver {
    /// Opens a lab with what this page and its storage say.
    pub fn start() -> Self {
        let lab = Lab::form_only(page::environment());
        let steady = SteadyClock::find();
        let origin = (steady.milliseconds(), js_sys::Date::now());
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let on_tick = weak.clone();
            Inner {
                lab: ManuallyDrop::new(RefCell::new(lab)),
                sockets: RefCell::default(),
                tabs: RefCell::new(None),
                ticker: Ticker::new(Rc::new(move || {
                    if let Some(inner) = on_tick.upgrade() {
                        inner.handle_tick();
                    }
                })),
                origin,
                steady,
                clock: Cell::default(),
                looked: Cell::default(),
                armed: Cell::new(None),
                shown: Cell::new(0),
                flushed: Cell::default(),
                seen: Cell::default(),
                hurry: Cell::new(true),
                screen: RefCell::new(None),
                frame_requested: Cell::new(false),
                on_frame: RefCell::new(None),
                hidden_flush: RefCell::new(None),
                buffer_check: RefCell::new(None),
                work: RefCell::new(None),
                catch_up: RefCell::new(None),
                downloads: Downloads::default(),
                carry_out: Cell::new(None),
                open_tabs: Cell::new(None),
                fetching_engine: Cell::new(false),
                fetching_server: Cell::new(false),
                prefetched: Cell::new(false),
            }
        });
        let weak = Rc::downgrade(&inner);
        inner.on_frame.replace(Some(Closure::new(move || {
            if let Some(inner) = weak.upgrade() {
                inner.handle_frame();
            }
        })));
        inner.listen_to_network();
        inner.listen_to_storage();
        inner.listen_to_scrolling();
        inner.listen_to_leaving();
        // Which of them has the broker is asked once this one has one.
        inner
            .lab
            .borrow_mut()
            .handle_seat(BrokerSeat::Deciding, Instant::ORIGIN);
        inner.settle();
        Self(inner)
    }

    /// Has `screen` called, at most once per animation frame, after anything on it may have changed.
    pub fn on_change(&self, screen: impl Fn() + 'static) {
        self.0.screen.replace(Some(Box::new(screen)));
        self.0.request_frame();
    }

    /// Reads the lab.
    pub fn with<R>(&self, read: impl FnOnce(&Lab) -> R) -> R {
        read(&self.0.lab.borrow())
    }

    /// Has the lab carry out `command`.
    ///
    /// # Errors
    ///
    /// What the lab refuses, in words that can stand beside the control that asked.
    pub fn send(&self, command: Command) -> Result<(), Refusal> {
        let now = self.now();
        let outcome = self.0.lab.borrow_mut().handle_command(command, now);
        self.0.hurry.set(true);
        self.0.settle();
        outcome
    }

    /// Reads a file of messages into the lab, in parts, until it ends or is wanted no more.
    ///
    /// # Errors
    ///
    /// What the lab refuses.
    pub fn import(&self, file: File) -> Result<(), Refusal> {
        let (name, size) = (file.name(), file.size() as u64);
        self.send(FileCommand::Import { name, size }.into())?;
        let inner = Rc::clone(&self.0);
        wasm_bindgen_futures::spawn_local(async move {
            let mut from = 0.0;
            loop {
                let is_at_end = from >= file.size();
                let part = if is_at_end {
                    None
                } else {
                    download::read_part(&file, from).await
                };
                let event = match &part {
                    Some(bytes) => ImportEvent::Chunk(bytes),
                    None if is_at_end => ImportEvent::End,
                    None => ImportEvent::Failed,
                };
                let now = inner.now();
                let is_wanted = inner.lab.borrow_mut().handle_import(event, now);
                inner.settle();
                if !is_wanted {
                    return;
                }
                from += download::PART;
            }
        });
        Ok(())
    }

    /// The time since the lab was opened.
    pub fn now(&self) -> Instant {
        self.0.now()
    }
}

impl Inner {
    fn now(&self) -> Instant {
        self.looked.set((
            self.steady.milliseconds() - self.origin.0,
            js_sys::Date::now() - self.origin.1,
        ));
        let (steady, wall) = self.looked.get();
        self.advance(steady, wall)
    }

    /// The same for each of a flood of frames: the clock on the wall, which is there to notice that
    /// the machine has slept, is looked at now and then only.
    fn now_in_flood(&self) -> Instant {
        let (looked_steady, looked_wall) = self.looked.get();
        let steady = self.steady.milliseconds() - self.origin.0;
        let since = steady - looked_steady;
        if since < WALL_CLOCK_CHECK {
            self.advance(steady, looked_wall + since)
        } else {
            self.now()
        }
    }

    fn advance(&self, steady: f64, wall: f64) -> Instant {
        let mut clock = self.clock.get();
        let now = clock.at(steady, wall);
        self.clock.set(clock);
        now
    }

    /// Tells the lab whether there is a network, now and whenever that changes.
    fn listen_to_network(self: &Rc<Self>) {
        let window = page::window();
        for (event, is_online) in [("online", true), ("offline", false)] {
            let weak = Rc::downgrade(self);
            let listener = Closure::<dyn FnMut()>::new(move || {
                if let Some(inner) = weak.upgrade() {
                    inner.tell_network(is_online);
                }
            });
            // An event target refuses no listener.
            let _ =
                window.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
            // The page has one driver, and it lives as long as the page.
            listener.forget();
        }
        self.tell_network(window.navigator().on_line());
    }

    /// Tells the lab what other tabs of this page store.
    fn listen_to_storage(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let listener = Closure::<dyn FnMut(StorageEvent)>::new(move |event: StorageEvent| {
            let (Some(inner), Some(key)) = (weak.upgrade(), event.key()) else {
                return;
            };
            let now = inner.now();
            let value = event.new_value();
            inner
                .lab
                .borrow_mut()
                .handle_stored_elsewhere(&key, value.as_deref(), now);
            inner.settle();
        });
        // As above.
        let _ = page::window()
            .add_event_listener_with_callback("storage", listener.as_ref().unchecked_ref());
        listener.forget();
    }

    /// A list that is scrolled must be drawn with the next frame, whatever comes in.
    fn listen_to_scrolling(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let listener = Closure::<dyn FnMut()>::new(move || {
            if let Some(inner) = weak.upgrade() {
                inner.hurry.set(true);
            }
        });
        // As above. Scroll events do not bubble; on their way down they pass here.
        let _ = page::window().add_event_listener_with_callback_and_bool(
            "scroll",
            listener.as_ref().unchecked_ref(),
            true,
        );
        listener.forget();
    }

    fn tell_network(&self, is_online: bool) {
        let now = self.now();
        self.lab.borrow_mut().handle_online(is_online, now);
    }

    fn handle_tick(self: &Rc<Self>) {
        self.armed.set(None);
        let now = self.now();
        self.lab.borrow_mut().handle_timeout(now);
        self.settle();
    }

    /// Does all that follows from a change of the lab. Every entry point ends here.
    fn settle(self: &Rc<Self>) {
        loop {
            let effect = self.lab.borrow_mut().poll_effect();
            let Some(effect) = effect else { break };
            self.carry_out(effect);
        }
        self.arm();
        if self.lab.borrow().revision() != self.shown.get() {
            self.request_frame();
        }
        if self.work.borrow().is_none() {
            self.request_work();
        }
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Store { key, value } => {
                self.report_stored(&key, storage::write(&key, &value));
            }
            Effect::Forget { key } => self.report_stored(&key, storage::remove(&key)),
            Effect::FetchEngine => self.fetch_engine(),
            Effect::FetchServer => self.fetch_server(),
            // A lab that does not work yet has no others.
            effect => {
                if let Some(carry_out) = self.carry_out.get() {
                    carry_out(self, effect);
                }
            }
        }
    }

    fn report_stored(&self, key: &str, outcome: Result<(), StorageError>) {
        let now = self.now();
        self.lab.borrow_mut().handle_stored(key, outcome, now);
    }

    /// Arms the ticker for the lab's next deadline. One that is armed too early is left alone: a
    /// tick before the deadline does nothing but arm it again, and that is cheaper than a message
    /// to the worker for each packet that moves the Keep Alive on.
    fn arm(&self) {
        let deadline = self.lab.borrow().poll_timeout();
        match (deadline, self.armed.get()) {
            (None, None) => {}
            (None, Some(_)) => {
                self.ticker.disarm();
                self.armed.set(None);
            }
            (Some(deadline), Some(armed)) if armed <= deadline => {}
            (Some(deadline), _) => {
                self.ticker.arm(deadline.saturating_since(self.now()));
                self.armed.set(Some(deadline));
            }
        }
    }

    fn request_frame(self: &Rc<Self>) {
        if self.frame_requested.replace(true) {
            return;
        }
        let window = page::window();
        if let Some(on_frame) = &*self.on_frame.borrow() {
            // Refused only for a callback that is none.
            let _ = window.request_animation_frame(on_frame.as_ref().unchecked_ref());
        }
        if page::is_hidden() {
            let weak = Rc::downgrade(self);
            self.hidden_flush
                .replace(Some(Timeout::new(HIDDEN_FLUSH, move || {
                    if let Some(inner) = weak.upgrade() {
                        inner.flush();
                    }
                })));
        }
    }

    fn handle_frame(self: &Rc<Self>) {
        if !self.hurry.get() && self.is_flooded() {
            self.frame_requested.set(false);
            self.request_frame();
        } else {
            self.flush();
        }
    }

    /// Whether so much comes in that it is better to go on receiving than to draw again already. What
    /// came last is drawn at once.
    fn is_flooded(&self) -> bool {
        let (at, records) = self.flushed.get();
        let next = self.lab.borrow().trace().next();
        let goes_on = self.seen.replace(next) != next;
        let patience = match next.number() - records.number() {
            0..FLOOD => return false,
            FLOOD..TORRENT => FLOOD_FLUSH,
            TORRENT.. => TORRENT_FLUSH,
        };
        goes_on && self.now().saturating_since(at) < patience
    }

    fn flush(self: &Rc<Self>) {
        if !self.frame_requested.replace(false) {
            return;
        }
        self.hidden_flush.replace(None);
        self.hurry.set(false);
        self.flushed
            .set((self.now(), self.lab.borrow().trace().next()));
        self.shown.set(self.lab.borrow().revision());
        page::entitle(self.lab.borrow().page_title());
        if let Some(screen) = &*self.screen.borrow() {
            screen();
        }
        // Behind the form, which can be filled in without; a client that connects sooner waits.
        if !self.prefetched.replace(true) {
            self.fetch_engine();
            self.fetch_server();
        }
    }

    fn request_work(self: &Rc<Self>) {
        if !self.lab.borrow().has_work() {
            return;
        }
        let weak = Rc::downgrade(self);
        self.work.replace(Some(Timeout::new(0, move || {
            let Some(inner) = weak.upgrade() else { return };
            inner.work.replace(None);
            let start = now_milliseconds();
            while inner.lab.borrow_mut().work(WORK_STEPS) && now_milliseconds() - start < WORK_SLICE
            {
            }
            inner.settle();
        })));
    }
}
