//! Messages from a file, to be looked at again.

use super::read::{LineError, read_line};
use crate::lab::format::{self, WallClock};
use crate::lab::messages::MessageList;
use crate::lab::trace::{Sequence, Trace};
use crate::lab::{ClientKey, Lab, Refusal, RefusalCause};
use crate::time::Instant;

/// The key under which the messages of a file are read, like those of a client of the page.
pub const IMPORTED: ClientKey = ClientKey::new(0);

/// The longest line that is read: the largest packet of a client of this page as base64, and room.
const LINE_MAXIMUM: usize = 100_000_000;

/// What comes of a file that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportEvent<'a> {
    /// The next bytes, cut anywhere; half a megabyte takes some milliseconds.
    Chunk(&'a [u8]),
    /// There are no more.
    End,
    /// The browser cannot read on.
    Failed,
}

/// How far a file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportView {
    /// The file's name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// How many of them were read.
    pub read: u64,
    /// How many messages were found.
    pub messages: u64,
    /// How many of these have gone again because the budget holds no more.
    pub dropped: u64,
    /// Whether more is to come.
    pub is_reading: bool,
    /// Why it was not read to its end, with the line; whole sentences. What was read before is kept.
    pub trouble: Option<String>,
}

/// A file and what was found in it.
#[derive(Debug)]
pub(in crate::lab) struct Imported {
    pub(in crate::lab) trace: Trace,
    pub(in crate::lab) messages: MessageList,
    name: String,
    size: u64,
    read: u64,
    lines: u64,
    found: u64,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
    is_reading: bool,
    trouble: Option<String>,
}

impl Imported {
    fn new(name: String, size: u64, generation: u64) -> Self {
        Self {
            trace: Trace::new(0),
            messages: MessageList::beginning_at(generation),
            name,
            size,
            read: 0,
            lines: 0,
            found: 0,
            rest: Vec::new(),
            is_reading: true,
            trouble: None,
        }
    }

    /// The clock that the times of a file are told by: they count from the beginning of 1970.
    pub(in crate::lab) const fn clock(minutes_ahead_of_utc: i32) -> WallClock {
        WallClock {
            origin_unix_milliseconds: 0,
            minutes_ahead_of_utc,
        }
    }

    /// Changes how much memory its records may use; how much they do then.
    pub(in crate::lab) fn set_budget(&mut self, budget: usize) -> usize {
        self.trace.set_budget(budget);
        self.messages.retain_from(self.trace.first());
        self.trace.bytes_used()
    }

    fn take(&mut self, chunk: &[u8], show_sent: bool) {
        self.read += chunk.len() as u64;
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next()
            && self.is_reading
        {
            if self.rest.len() + part.len() > LINE_MAXIMUM {
                let maximum = LINE_MAXIMUM;
                self.lines += 1;
                self.fail(&LineError::TooLong { maximum });
                return;
            }
            if parts.peek().is_none() {
                self.rest.extend_from_slice(part);
            } else if self.rest.is_empty() {
                self.line(part, show_sent);
            } else {
                let mut line = core::mem::take(&mut self.rest);
                line.extend_from_slice(part);
                self.line(&line, show_sent);
            }
        }
        let first = self.trace.first();
        self.messages.retain_from(first);
    }

    fn line(&mut self, line: &[u8], show_sent: bool) {
        self.lines += 1;
        let line = line.trim_ascii_end();
        if line.is_empty() {
            return;
        }
        match read_line(line, IMPORTED, &mut self.trace) {
            Ok(sequence) => self.list(sequence, show_sent),
            Err(error) => self.fail(&error),
        }
    }

    fn list(&mut self, sequence: Sequence, show_sent: bool) {
        self.found += 1;
        if let Some(record) = self.trace.get(sequence)
            && let Some(topic) = record.topic()
        {
            let first = self.trace.first();
            self.messages.push(&record, topic, show_sent, first);
        }
    }

    fn end(&mut self, show_sent: bool) {
        let rest = core::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.line(&rest, show_sent);
            if self.trouble.is_some() {
                self.trouble = Some(format!(
                    "The file ends in the middle of line {}. {}",
                    format::count(self.lines),
                    self.kept_words()
                ));
            }
        }
        self.is_reading = false;
    }

    fn fail(&mut self, error: &LineError) {
        self.trouble = Some(format!(
            "Line {} is no message that this page has exported: {error}. {}",
            format::count(self.lines),
            self.kept_words()
        ));
        self.stop();
    }

    fn stop(&mut self) {
        self.is_reading = false;
        self.rest = Vec::new();
    }

    fn kept_words(&self) -> String {
        match self.found {
            0 => "Nothing was read before it.".to_owned(),
            1 => "The message before it was read.".to_owned(),
            found => format!("The {} messages before it were read.", format::count(found)),
        }
    }
}

impl Lab {
    /// Begins to read a file of messages, in place of one that was read before.
    pub(in crate::lab) fn begin_import(&mut self, name: String, size: u64) {
        let generation = self
            .imported
            .as_ref()
            .map_or(0, |imported| imported.messages.generation() + 1);
        let imported = Imported::new(name, size, generation);
        self.imported = Some(Box::new(imported));
        self.set_trace_budget();
    }

    pub(in crate::lab) fn stop_import(&mut self) -> Result<(), Refusal> {
        let Some(imported) = &mut self.imported else {
            return Err(Refusal::new(RefusalCause::NothingToCancel));
        };
        if imported.is_reading {
            imported.stop();
            let words = format!("Reading was stopped. {}", imported.kept_words());
            imported.trouble = Some(words.replace(" before it", ""));
        }
        Ok(())
    }

    /// Takes in a part of the file that [`FileCommand::Import`](super::FileCommand::Import) has named.
    /// `true` while more is wanted.
    pub fn handle_import(&mut self, event: ImportEvent<'_>, now: Instant) -> bool {
        self.now = self.now.max(now);
        let show_sent = self.settings.show_sent;
        let Some(imported) = self.imported.as_mut().filter(|own| own.is_reading) else {
            return false;
        };
        self.revision += 1;
        match event {
            ImportEvent::Chunk(bytes) => imported.take(bytes, show_sent),
            ImportEvent::End => imported.end(show_sent),
            ImportEvent::Failed => {
                imported.stop();
                let words = "The browser could not read on in this file. ";
                imported.trouble = Some(words.to_owned() + &imported.kept_words());
            }
        }
        let is_reading = imported.is_reading;
        // What it has now, the clients' records can have no more.
        self.set_trace_budget();
        is_reading
    }

    /// The file that is read, or was. Its messages stand under [`IMPORTED`], for everything that takes
    /// the key of a client and reads messages.
    pub fn import_view(&self) -> Option<ImportView> {
        let imported = self.imported.as_ref()?;
        Some(ImportView {
            name: imported.name.clone(),
            size: imported.size,
            read: imported.read,
            messages: imported.found,
            dropped: imported.trace.dropped().records,
            is_reading: imported.is_reading,
            trouble: imported.trouble.clone(),
        })
    }
}
