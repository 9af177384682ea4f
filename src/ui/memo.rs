//! Values that follow others.
//!
//! Leptos compiles its `Memo`, `RwSignal` and `Effect` anew for every type of value and every closure,
//! about 1.5 KB each time. These are compiled once: the values stand behind one type, and what is left for
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

/// A value of any type.
type Value = Arc<dyn Any + Send + Sync>;

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
        Reading(tracked(self.inner).value, PhantomData)
    }

    /// The value as it is now.
    pub fn read_untracked(self) -> Reading<T> {
        Reading(untracked(self.inner).value, PhantomData)
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

/// The value of a [`Memo`] or a [`State`] for as long as someone looks at it.
pub struct Reading<T>(Value, PhantomData<fn() -> T>);

impl<T: 'static> Deref for Reading<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.0.downcast_ref() {
            Some(value) => value,
            None => unreachable!("it holds what it was made with"),
        }
    }
}

/// A value of any type that can be compared with another of its type.
#[derive(Clone)]
struct Shared {
    value: Value,
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

/// A value that the page itself keeps, such as what is selected; what reads it is made again when it
/// is set.
pub struct State<T> {
    inner: RwSignal<Value>,
    value: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> State<T> {
    /// A state that begins as `value`.
    pub fn new(value: T) -> Self {
        Self {
            inner: new_state(Arc::new(value)),
            value: PhantomData,
        }
    }

    /// A copy of the value; in a view, again whenever it has been set.
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

    /// Reads the value; in a view, again whenever it has been set.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.read())
    }

    /// Reads the value as it is now.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.read_untracked())
    }

    /// The value; in a view, again whenever it has been set.
    pub fn read(self) -> Reading<T> {
        Reading(tracked_state(self.inner), PhantomData)
    }

    /// The value as it is now.
    pub fn read_untracked(self) -> Reading<T> {
        Reading(untracked_state(self.inner), PhantomData)
    }

    /// Puts `value` in its place, and wakes what depends on it even where the two are equal.
    pub fn set(self, value: T) {
        set_state(self.inner, Arc::new(value));
    }

    /// Changes the value in a copy that then takes its place.
    pub fn update<R>(self, change: impl FnOnce(&mut T) -> R) -> R
    where
        T: Clone,
    {
        let mut value = self.get_untracked();
        let result = change(&mut value);
        self.set(value);
        result
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for State<T> {}

fn new_state(value: Value) -> RwSignal<Value> {
    RwSignal::new(value)
}

#[inline(never)]
fn tracked_state(state: RwSignal<Value>) -> Value {
    state.get()
}

#[inline(never)]
fn untracked_state(state: RwSignal<Value>) -> Value {
    state.get_untracked()
}

#[inline(never)]
fn set_state(state: RwSignal<Value>, value: Value) {
    state.set(value);
}

/// Runs `run` once the view stands, and again whenever a signal that it reads has changed. For what
/// lies outside the reactive system only: the focus, a dialog, a scroll position.
pub fn effect(run: impl FnMut() + 'static) {
    boxed_effect(Box::new(run));
}

fn boxed_effect(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}
