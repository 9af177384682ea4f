//! The file that is being written, a slice in a task, so that the page goes on meanwhile.

use core::time::Duration;

use leptos::prelude::*;

use crate::lab::format;
use crate::lab::wire::save::{SaveFormat, SaveProgress, SaveScope, Saving};
use crate::platform::download::PartFile;
use crate::ui::handle::{LabHandle, use_lab};
use crate::ui::memo::State;

/// How much is written in one go, in bytes: some milliseconds' worth.
const SHARE: usize = 200_000;

/// A file under way, with where its parts are.
struct Job {
    saving: Saving,
    file: PartFile,
    name: String,
    format: SaveFormat,
}

/// What is being written, and how the last file turned out.
#[derive(Clone, Copy)]
pub(super) struct Work {
    lab: LabHandle,
    job: StoredValue<Option<Job>, LocalStorage>,
    /// How far it is, while one is written.
    pub(super) progress: State<Option<SaveProgress>>,
    /// What became of the last one.
    pub(super) outcome: State<Option<Result<String, String>>>,
}

impl Work {
    pub(super) fn new() -> Self {
        Self {
            lab: use_lab(),
            job: StoredValue::new_local(None),
            progress: State::new(None),
            outcome: State::new(None),
        }
    }

    /// Begins a file, unless one is under way.
    pub(super) fn start(self, format: SaveFormat, scope: SaveScope) {
        if self.job.with_value(Option::is_some) {
            return;
        }
        let job = self.lab.with_untracked(|lab| Job {
            saving: Saving::new(lab, format, scope),
            file: PartFile::default(),
            name: lab.packet_file_name(format),
            format,
        });
        self.outcome.set(None);
        self.progress.set(Some(job.saving.progress()));
        self.job.set_value(Some(job));
        self.later();
    }

    /// Lets go of what is under way.
    pub(super) fn cancel(self) {
        self.job.set_value(None);
        self.progress.set(None);
        self.outcome.set(None);
    }

    fn later(self) {
        set_timeout(move || self.advance(), Duration::ZERO);
    }

    fn advance(self) {
        // None: it was cancelled, or the drawer was closed.
        let Some(mut job) = self.job.try_update_value(Option::take).flatten() else {
            return;
        };
        let has_more = self.lab.with_untracked(|lab| job.saving.work(lab, SHARE));
        let part = job.saving.take();
        if job.file.add(&part).is_err() {
            self.end(Err(NO_ROOM.to_owned()));
            return;
        }
        if has_more {
            self.progress.set(Some(job.saving.progress()));
            self.job.set_value(Some(job));
            self.later();
            return;
        }
        let words = words(job.saving.progress(), &job.name);
        let saved = job.file.save(&job.name, job.format.media_type());
        self.end(saved.map(|()| words).map_err(|_| NO_ROOM.to_owned()));
    }

    fn end(self, outcome: Result<String, String>) {
        self.progress.set(None);
        self.outcome.set(Some(outcome));
    }
}

const NO_ROOM: &str = "The browser could not make the file: there may be no room for it.";

fn words(progress: SaveProgress, name: &str) -> String {
    let packets = match progress.packets {
        1 => "1 packet is".to_owned(),
        number => format!("{} packets are", format::count(number)),
    };
    let mut words = format!("{packets} in {name}, {}.", format::bytes(progress.size));
    if progress.lost > 0 {
        words.push_str(&format!(
            " {} of the oldest records went meanwhile, because the trace was full.",
            format::count(progress.lost)
        ));
    }
    words
}
