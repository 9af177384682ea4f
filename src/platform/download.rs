//! Files that are made in parts, and files that are read in parts.

use core::cell::RefCell;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlInputElement};

use crate::lab::FileKey;

use super::page;

/// How much of a file is read at a time, in bytes: some milliseconds' worth of work.
pub(super) const PART: f64 = 524_288.0;

/// The files that are being made. Their parts belong to the browser at once, which may put them on disk.
#[derive(Default)]
pub(super) struct Downloads(RefCell<Vec<(FileKey, Array)>>);

impl Downloads {
    /// Puts a part aside.
    pub(super) fn add(&self, file: FileKey, bytes: &[u8]) -> Result<(), JsValue> {
        let blob = part(bytes)?;
        let mut files = self.0.borrow_mut();
        if let Some((_, parts)) = files.iter().find(|(own, _)| *own == file) {
            parts.push(&blob);
        } else {
            files.push((file, Array::of1(&blob)));
        }
        Ok(())
    }

    /// Offers a file to be saved.
    pub(super) fn save(&self, file: FileKey, name: &str, media_type: &str) -> Result<(), JsValue> {
        offer(&self.take(file).unwrap_or_default(), name, media_type)
    }

    /// Lets go of a file that will not be completed.
    pub(super) fn drop_file(&self, file: FileKey) {
        drop(self.take(file));
    }

    fn take(&self, file: FileKey) -> Option<Array> {
        let mut files = self.0.borrow_mut();
        let place = files.iter().position(|(own, _)| *own == file)?;
        Some(files.swap_remove(place).1)
    }
}

/// A file that is made in parts by who saves it.
#[derive(Default)]
pub struct PartFile(Array);

impl PartFile {
    /// Puts a part aside; the browser may put it on disk.
    ///
    /// # Errors
    ///
    /// The browser has no room for it.
    pub fn add(&self, bytes: &[u8]) -> Result<(), JsValue> {
        self.0.push(part(bytes)?.as_ref());
        Ok(())
    }

    /// Offers the file to be saved.
    ///
    /// # Errors
    ///
    /// The browser has no room for it.
    pub fn save(self, name: &str, media_type: &str) -> Result<(), JsValue> {
        offer(&self.0, name, media_type)
    }
}

fn part(bytes: &[u8]) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))
}

fn offer(parts: &Array, name: &str, media_type: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_blob_sequence_and_options(parts, &options)?;
    page::offer(&blob, name)
}

/// The file that was chosen in a file input.
pub fn chosen_file(input: &HtmlInputElement) -> Option<File> {
    input.files()?.get(0)
}

/// The bytes of a part of a file; `None` where the browser cannot read it.
pub(super) async fn read_part(file: &File, from: f64) -> Option<Vec<u8>> {
    let end = (from + PART).min(file.size());
    let part = file.slice_with_f64_and_f64(from, end).ok()?;
    let buffer = JsFuture::from(part.array_buffer()).await.ok()?;
    let buffer: js_sys::ArrayBuffer = buffer.dyn_into().ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
