//! What can stand in a gap of a view.

use std::borrow::Cow;

use leptos::prelude::*;

use crate::ui::memo::Memo;
use crate::ui::piece::Piece;

/// What fills one gap of a template.
pub enum Part {
    /// Nothing; an attribute is not there, a class or a property is off.
    Nothing,
    /// Words; for a class or a property that is on or off, on.
    Words(Cow<'static, str>),
    /// What this answers, again whenever a signal that it reads has changed.
    Follows(Box<dyn Fn() -> Self>),
    /// Another view.
    View(Box<AnyView>),
}

/// What can stand in a gap of a view.
pub trait ToPart {
    /// The part that it comes to.
    fn to_part(self) -> Part;
}

impl ToPart for Part {
    fn to_part(self) -> Part {
        self
    }
}

impl ToPart for () {
    fn to_part(self) -> Part {
        Part::Nothing
    }
}

impl ToPart for bool {
    fn to_part(self) -> Part {
        if self {
            Part::Words(Cow::Borrowed(""))
        } else {
            Part::Nothing
        }
    }
}

impl ToPart for &'static str {
    fn to_part(self) -> Part {
        Part::Words(Cow::Borrowed(self))
    }
}

impl ToPart for String {
    fn to_part(self) -> Part {
        Part::Words(Cow::Owned(self))
    }
}

impl ToPart for Cow<'static, str> {
    fn to_part(self) -> Part {
        Part::Words(self)
    }
}

impl ToPart for AnyView {
    fn to_part(self) -> Part {
        Part::View(Box::new(self))
    }
}

impl ToPart for Piece {
    fn to_part(self) -> Part {
        self.into_any().to_part()
    }
}

impl<T: ToPart> ToPart for Option<T> {
    fn to_part(self) -> Part {
        self.map_or(Part::Nothing, T::to_part)
    }
}

impl<T: ToPart> ToPart for Vec<T> {
    fn to_part(self) -> Part {
        list(
            self.into_iter()
                .map(|part| part.to_part().into_any())
                .collect(),
        )
    }
}

impl<F, T> ToPart for F
where
    F: Fn() -> T + 'static,
    T: ToPart,
{
    fn to_part(self) -> Part {
        Part::Follows(Box::new(move || self().to_part()))
    }
}

impl<T: ToPart + Clone + Send + Sync + 'static> ToPart for Signal<T> {
    fn to_part(self) -> Part {
        (move || self.get()).to_part()
    }
}

impl<T: ToPart + Clone + PartialEq + Send + Sync + 'static> ToPart for Memo<T> {
    fn to_part(self) -> Part {
        (move || self.get()).to_part()
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl ToPart for $number {
            fn to_part(self) -> Part {
                self.to_string().to_part()
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 usize i32 }

fn list(views: Vec<AnyView>) -> Part {
    views.into_any().to_part()
}
