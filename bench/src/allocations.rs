//! Counts what the system's allocator is asked for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);

static BYTES: AtomicI64 = AtomicI64::new(0);

/// How many times memory was asked for since the start: new or grown.
pub(crate) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// How many bytes are in use: what was asked for and not given back.
pub fn bytes_in_use() -> i64 {
    BYTES.load(Ordering::Relaxed)
}

fn add_bytes(bytes: usize) {
    BYTES.fetch_add(bytes as i64, Ordering::Relaxed);
}

fn take_bytes(bytes: usize) {
    BYTES.fetch_sub(bytes as i64, Ordering::Relaxed);
}

struct Counting;

#[expect(
    unsafe_code,
    reason = "an allocator cannot be written otherwise; every call goes to the system's unchanged"
)]
// SAFETY: the contract of each method is handed on to `System` as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        add_bytes(layout.size());
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        take_bytes(layout.size());
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        add_bytes(layout.size());
        // SAFETY: the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        take_bytes(layout.size());
        add_bytes(size);
        // SAFETY: the caller's.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
