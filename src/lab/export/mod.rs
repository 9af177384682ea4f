//! Messages to files and back.
//!
//! [`FileCommand::Export`] writes a client's messages, as they are filtered or all, in slices
//! while [`Lab::work`] is called; finished parts leave as [`Effect::SaveChunk`], the file is complete with
//! [`Effect::SaveFile`]. [`FileCommand::Import`] reads such a file again, in parts that the driver
//! hands to [`Lab::handle_import`].

pub(super) mod base64;
mod command;
mod import;
pub(super) mod line;
mod read;
#[cfg(test)]
mod tests;

pub use command::FileCommand;
pub(super) use import::Imported;
pub use import::{IMPORTED, ImportEvent, ImportView};
pub use read::LineError;

use super::keys::FileKey;
use super::notices::Severity;
use super::refusal::{FormCause, RefusalCause};
use super::trace::Sequence;
use super::{ClientKey, Effect, Lab, Refusal, format};
use crate::time::Instant;
use line::Origin;

/// How large the parts of a file are, in bytes, or a little larger.
const CHUNK: usize = 256 * 1024;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// A JSON object a line, with everything that the message carries. This page can read it again.
    JsonLines,
    /// A table. The properties of 5.0 are not in it.
    Csv,
}

/// Which messages go into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportScope {
    /// Those of the list as it is filtered and paused.
    Shown,
    /// All that are kept of the client, sent ones too.
    All,
}

/// How far a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportView {
    /// Whose messages.
    pub client: ClientKey,
    /// In which form.
    pub format: FileFormat,
    /// How many messages are written.
    pub written: u64,
    /// How many are still to be written.
    pub left: u64,
    /// The size of the file so far, in bytes.
    pub size: u64,
    /// Whether it waits for the search of the filter to come to its end.
    pub is_waiting: bool,
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Export {
    file: FileKey,
    client: ClientKey,
    format: FileFormat,
    scope: ExportScope,
    /// Which list it is: another filter would make another file of it.
    list: u64,
    /// The next record to write, and the first that is not written any more.
    next: Sequence,
    until: Sequence,
    written: u64,
    size: u64,
    text: String,
    /// [`Lab::write_export`]: whoever exports brings it along.
    write: fn(&mut Lab, usize) -> usize,
}

impl Lab {
    pub(super) fn export(
        &mut self,
        client: ClientKey,
        format: FileFormat,
        scope: ExportScope,
    ) -> Result<(), Refusal> {
        if self.export.is_some() {
            return Err(Refusal::new(RefusalCause::ExportUnderWay));
        }
        let until = self.trace_of(client).map(|trace| trace.next());
        let until =
            until.ok_or_else(|| Refusal::new(RefusalCause::InForm(FormCause::UnknownClient)))?;
        let text = match format {
            FileFormat::JsonLines => String::new(),
            FileFormat::Csv => line::CSV_HEAD.to_owned(),
        };
        self.export = Some(Box::new(Export {
            file: FileKey::new(self.files.next()),
            client,
            format,
            scope,
            list: self.message_extent(client).list,
            next: Sequence::default(),
            until,
            written: 0,
            size: 0,
            text,
            write: Self::write_export,
        }));
        Ok(())
    }

    pub(super) fn cancel_export(&mut self) -> Result<(), Refusal> {
        let export = self.export.take();
        let export = export.ok_or_else(|| Refusal::new(RefusalCause::NothingToCancel))?;
        let file = export.file;
        self.effects.push_back(Effect::DropFile { file });
        Ok(())
    }

    /// The file that is being written, if one is.
    pub fn export_view(&self) -> Option<ExportView> {
        let export = self.export.as_ref()?;
        Some(ExportView {
            client: export.client,
            format: export.format,
            written: export.written,
            left: self.left_to_write(export),
            size: export.size + export.text.len() as u64,
            is_waiting: self.export_waits(export),
        })
    }

    /// Takes in that the browser could not offer a file to be saved.
    pub fn handle_save_failed(&mut self, now: Instant) {
        self.now = self.now.max(now);
        // Without one part the rest is worth nothing.
        let _ = self.cancel_export();
        let words = "The browser could not make the file: there may be no room for it.";
        self.say(Severity::Error, None, words.to_owned());
    }

    /// Whether [`Self::work_on_export`] has something to do now.
    pub(super) fn export_has_work(&self) -> bool {
        let export = self.export.as_ref();
        export.is_some_and(|export| !self.export_waits(export))
    }

    /// Writes messages, where some are to be written, for about `budget` steps; gives what is left of
    /// them.
    pub(super) fn work_on_export(&mut self, budget: usize) -> usize {
        match &self.export {
            Some(export) if !self.export_waits(export) => (export.write)(self, budget),
            _ => budget,
        }
    }

    fn write_export(&mut self, budget: usize) -> usize {
        let Some(mut export) = self.export.take() else {
            return budget;
        };
        self.revision += 1;
        let is_other = export.scope == ExportScope::Shown
            && export.list != self.message_extent(export.client).list;
        if is_other || self.messages_of(export.client).is_none() {
            let file = export.file;
            self.effects.push_back(Effect::DropFile { file });
            let words = "The export was given up: the list it was made from has changed.";
            self.say(Severity::Warning, None, words.to_owned());
            return budget;
        }
        let mut left = budget;
        while left > 0 {
            let Some(sequence) = self.next_to_write(&export) else {
                self.finish_export(*export);
                return left;
            };
            export.next = sequence.following();
            let cost = self.write_message(&mut export, sequence);
            left = left.saturating_sub(cost);
            if export.text.len() >= CHUNK {
                self.save_chunk(&mut export);
            }
        }
        self.export = Some(export);
        left
    }

    fn export_waits(&self, export: &Export) -> bool {
        export.scope == ExportScope::Shown && self.is_filtering(export.client)
    }

    fn next_to_write(&self, export: &Export) -> Option<Sequence> {
        let messages = self.messages_of(export.client)?;
        let next = match export.scope {
            ExportScope::Shown => messages.shown_from(export.next, self.settings.show_sent),
            ExportScope::All => {
                let list = messages.base(true);
                let (Ok(place) | Err(place)) = list.position(export.next);
                list.at(place)
            }
        };
        next.filter(|next| *next < export.until)
    }

    fn left_to_write(&self, export: &Export) -> u64 {
        let Some(messages) = self.messages_of(export.client) else {
            return 0;
        };
        match export.scope {
            ExportScope::Shown => {
                let range = export.next..export.until;
                messages.shown_within(range, self.settings.show_sent)
            }
            ExportScope::All => {
                let list = messages.base(true);
                let place = |sequence| {
                    let (Ok(place) | Err(place)) = list.position(sequence);
                    place as u64
                };
                place(export.until) - place(export.next)
            }
        }
    }

    /// Writes one message; what that has cost.
    fn write_message(&self, export: &mut Export, sequence: Sequence) -> usize {
        let trace = self.trace_of(export.client);
        let Some(record) = trace.and_then(|trace| trace.get(sequence)) else {
            return 1;
        };
        let origin = Origin {
            clock: self.clock_of(export.client),
            client: self
                .client(export.client)
                .map_or("", |client| client.name()),
        };
        let before = export.text.len();
        match export.format {
            FileFormat::JsonLines => line::write_json(&record, origin, &mut export.text),
            FileFormat::Csv => line::write_csv(&record, origin, &mut export.text),
        }
        export.written += 1;
        2 + (export.text.len() - before) / 128
    }

    fn save_chunk(&mut self, export: &mut Export) {
        let bytes = core::mem::take(&mut export.text).into_bytes();
        export.size += bytes.len() as u64;
        let file = export.file;
        self.effects.push_back(Effect::SaveChunk { file, bytes });
    }

    fn finish_export(&mut self, mut export: Export) {
        self.save_chunk(&mut export);
        let name = self.client(export.client).map_or("imported", |c| c.name());
        let plain = |character: char| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => character,
            _ => '-',
        };
        let name: String = name.chars().map(plain).collect();
        let now = self.exact_time(self.now).replace(' ', "-").replace(':', "");
        let now = now.split('.').next().unwrap_or_default();
        let (ending, media_type) = match export.format {
            FileFormat::JsonLines => ("jsonl", "application/jsonl"),
            FileFormat::Csv => ("csv", "text/csv"),
        };
        self.effects.push_back(Effect::SaveFile {
            file: export.file,
            name: format!("mqtt-lab-{name}-{now}.{ending}"),
            media_type,
        });
        let words = format!("{} messages were exported.", format::count(export.written));
        self.say(Severity::Information, None, words);
    }
}
