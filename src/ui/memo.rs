//! Values that follow others.
//!
//! Leptos compiles its `Memo` and its `Effect` anew for every type of value and every closure, about
//! 1.5 KB each time. These are compiled once: the values stand behind one type, and what is left for
//! each is to compare and to copy it.

use core::any::Any;
use core::marker::PhantomData;
use core::ops::Deref;
use std::sync::Arc;

use leptos::prelude::*;

/// A value that is worked out again when something it reads has changed, and wakes what depends on
/// it only when it has become another one.
pub struct Memo<T> {
    inner: Inner,
    value: PhantomData<fn() -> T>,
}

type Inner = leptos::prelude::Memo<Shared>;

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// The value that `make` makes, over and over.
    pub fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self {
            inner: follow(Box::new(move || Shared::new(make()))),
            value: PhantomData,
        }
    }

    /// A copy of the value; in a view, again whenever it has changed.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.read().clone()
    }

    /// A copy of the value as it is now.
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.read_untracked().clone()
    }

    /// Reads the value; in a view, again whenever it has changed.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.read())
    }

    /// Reads the value as it is now.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.read_untracked())
    }

    /// The value; in a view, again whenever it has changed.
    pub fn read(self) -> Reading<T> {
        Reading(tracked(self.inner), PhantomData)
    }

    /// The value as it is now.
    pub fn read_untracked(self) -> Reading<T> {
        Reading(untracked(self.inner), PhantomData)
    }
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self::derive(move || memo.get())
    }
}

/// The value of a [`Memo`] for as long as someone looks at it.
pub struct Reading<T>(Shared, PhantomData<fn() -> T>);

impl<T: 'static> Deref for Reading<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.0.value.downcast_ref() {
            Some(value) => value,
            None => unreachable!("a memo holds what it was made with"),
        }
    }
}

/// A value of any type that can be compared with another of its type.
#[derive(Clone)]
struct Shared {
    value: Arc<dyn Any + Send + Sync>,
    equals: fn(&dyn Any, &dyn Any) -> bool,
}

impl Shared {
    fn new<T: PartialEq + Send + Sync + 'static>(value: T) -> Self {
        Self {
            value: Arc::new(value),
            equals: |one, other| one.downcast_ref::<T>() == other.downcast_ref::<T>(),
        }
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        (self.equals)(&*self.value, &*other.value)
    }
}

fn follow(make: Box<dyn Fn() -> Shared + Send + Sync>) -> Inner {
    Inner::new(move |_| make())
}

#[inline(never)]
fn tracked(memo: Inner) -> Shared {
    memo.get()
}

#[inline(never)]
fn untracked(memo: Inner) -> Shared {
    memo.get_untracked()
}

/// Runs `run` once the view stands, and again whenever a signal that it reads has changed. For what
/// lies outside the reactive system only: the focus, a dialog, a scroll position.
pub fn effect(run: impl FnMut() + 'static) {
    boxed_effect(Box::new(run));
}

fn boxed_effect(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}
