//! What `view!` answers: a piece of the page, of one type whatever is in it.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::any_view::{AnyViewState, AnyViewWithAttrs};
use leptos::tachys::view::{Position, PositionState};

use super::element::{Filled, List, Loose};

/// A piece of the page.
pub struct Piece(AnyView);

impl Piece {
    pub(super) const fn new(view: AnyView) -> Self {
        Self(view)
    }

    pub(super) fn filled(filled: Filled) -> Self {
        Self(IntoAny::into_any(filled))
    }

    /// The view that it is. (leptos' own function of this name would pack it once more.)
    pub fn into_any(self) -> AnyView {
        self.0
    }
}

impl Render for Piece {
    type State = AnyViewState;

    fn build(self) -> AnyViewState {
        self.0.build()
    }

    fn rebuild(self, state: &mut AnyViewState) {
        self.0.rebuild(state);
    }
}

/// What leptos asks of a view besides drawing it: only servers use it, and this page has none.
macro_rules! drawn_in_the_browser_alone {
    ($view:ty) => {
        impl AddAnyAttr for $view {
            type Output<SomeNewAttr: Attribute> = AnyViewWithAttrs;

            fn add_any_attr<NewAttr: Attribute>(self, attribute: NewAttr) -> AnyViewWithAttrs {
                IntoAny::into_any(self).add_any_attr(attribute)
            }
        }

        impl RenderHtml for $view {
            type AsyncOutput = Self;
            type Owned = Self;

            const MIN_LENGTH: usize = 0;

            fn dry_resolve(&mut self) {}

            async fn resolve(self) -> Self {
                self
            }

            fn to_html_with_buf(
                self,
                _: &mut String,
                _: &mut Position,
                _: bool,
                _: bool,
                _: Vec<AnyAttribute>,
            ) {
            }

            fn hydrate<const FROM_SERVER: bool>(
                self,
                _: &Cursor,
                _: &PositionState,
            ) -> Self::State {
                self.build()
            }

            fn into_owned(self) -> Self {
                self
            }
        }
    };
}

drawn_in_the_browser_alone!(Piece);
drawn_in_the_browser_alone!(Filled);
drawn_in_the_browser_alone!(Loose);
drawn_in_the_browser_alone!(List);
