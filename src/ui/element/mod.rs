//! What `view!` draws with: one kind of element for every view of the page.
//!
//! A view is a template, in which stands all that never changes, and a list of values for its gaps, in the
//! order of the document. The template is drawn once and then copied; the values go into the copy. So the
//! code of a view is its list, and everything else is compiled once.

mod list;
mod part;
mod prototype;

pub use list::{Entry, List};
pub(crate) use mqtt_lab_view::view;
pub use part::{Part, ToPart};
use prototype::drawn;

use std::borrow::Cow;

use leptos::ev::EventDescriptor;
use leptos::html::ElementType;
use leptos::prelude::*;
use leptos::reactive::effect::RenderEffect;
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::tachys::view::any_view::AnyViewState;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, Node, Text};

use super::piece::Piece;

impl Part {
    /// The part as a view of its own.
    pub(super) fn into_any(self) -> AnyView {
        match self {
            Self::View(view) => *view,
            part => loose(part),
        }
    }
}

#[inline(never)]
fn loose(part: Part) -> AnyView {
    IntoAny::into_any(Loose(SendWrapper::new(part)))
}

/// A part of its own, outside any element.
pub fn piece(part: impl ToPart) -> Piece {
    Piece::new(part.to_part().into_any())
}

/// Pieces that stand beside each other.
pub fn several(pieces: Vec<Piece>) -> Piece {
    let views: Vec<AnyView> = pieces.into_iter().map(Piece::into_any).collect();
    Piece::new(leptos::tachys::view::iterators::StaticVec::from(views).into_any())
}

/// What goes into one gap.
enum Value {
    Part(Part),
    Listener(Box<dyn FnMut(Event)>),
    Reference(Box<dyn Fn(&Element)>),
}

/// A template and what goes into its gaps.
pub struct Filling {
    template: &'static str,
    values: Vec<Value>,
}

impl Filling {
    /// Nothing yet in the gaps of `template`, which `view!` has written.
    pub fn new(template: &'static str) -> Self {
        Self {
            template,
            values: Vec::new(),
        }
    }

    /// Fills the next gap with a part.
    pub fn put(&mut self, part: impl ToPart) {
        self.push(Value::Part(part.to_part()));
    }

    /// Fills the next gap, which is one for a listener.
    pub fn listen<E>(&mut self, _: E, mut handle: impl FnMut(E::EventType) + 'static)
    where
        E: EventDescriptor,
        E::EventType: JsCast,
    {
        self.listen_to_any(Box::new(move |event| handle(event.unchecked_into())));
    }

    /// Fills the next gap, which is one for a reference to the element.
    pub fn refer<E>(&mut self, reference: NodeRef<E>)
    where
        E: ElementType + 'static,
        E::Output: JsCast,
    {
        self.push(Value::Reference(Box::new(move |element| {
            NodeRefContainer::<E>::load(reference, element);
        })));
    }

    /// The element, to be drawn.
    pub fn piece(self) -> Piece {
        Piece::filled(Filled(SendWrapper::new(self)))
    }

    #[inline(never)]
    fn push(&mut self, value: Value) {
        self.values.push(value);
    }

    fn listen_to_any(&mut self, mut handle: Box<dyn FnMut(Event)>) {
        let owner = Owner::current().unwrap_or_default();
        self.push(Value::Listener(Box::new(move |event| {
            owner.with(|| handle(event));
        })));
    }
}

/// A part that stands in no element of a template.
pub(super) struct Loose(SendWrapper<Part>);

/// A [`Filling`] that can stand in any view of leptos.
pub(super) struct Filled(SendWrapper<Filling>);

/// A drawn element.
pub(super) struct Standing {
    template: &'static str,
    element: Element,
    /// One for each gap.
    gaps: Vec<Gap>,
}

/// A gap of a drawn element: where it is, and what is in it.
struct Gap {
    place: Place,
    content: Content,
}

/// Where a gap is.
#[derive(Clone)]
struct Place {
    kind: Kind,
    /// What an attribute, class, property or event is called.
    name: &'static str,
    /// The element, or the empty text that marks where a child stands.
    node: Node,
}

/// What a gap is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Child,
    Attribute,
    Class,
    Style,
    /// A property that has words.
    Property,
    /// A property that is on or off.
    Switch,
    Event,
    Reference,
}

/// What is in a gap.
enum Content {
    Nothing,
    Words(Cow<'static, str>),
    View(AnyViewState),
    Follows(Following),
    Listener(Listener),
}

/// An effect that keeps a gap as it should be. Its task outlives it for a while; what it has drawn must
/// not, or effects in that would still run and find what they read disposed of.
struct Following(RenderEffect<Content>);

impl Drop for Following {
    fn drop(&mut self) {
        drop(self.0.take_value());
    }
}

type Listener = wasm_bindgen::closure::Closure<dyn FnMut(Event)>;

impl Render for Filled {
    type State = Standing;

    fn build(self) -> Standing {
        let Filling { template, values } = self.0.take();
        let (element, places) = drawn(template);
        let gaps = values.into_iter().zip(places).map(|(value, place)| Gap {
            content: fill(&place, value, Content::Nothing),
            place,
        });
        let gaps = gaps.collect();
        Standing {
            template,
            element,
            gaps,
        }
    }

    fn rebuild(self, state: &mut Standing) {
        if self.0.template.as_ptr() == state.template.as_ptr() {
            for (value, gap) in self.0.take().values.into_iter().zip(&mut state.gaps) {
                let before = core::mem::replace(&mut gap.content, Content::Nothing);
                gap.content = fill(&gap.place, value, before);
            }
        } else {
            let mut new = self.build();
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
        }
    }
}

impl Mountable for Standing {
    fn unmount(&mut self) {
        self.element.remove();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        // Refused only by a parent that is itself in the element.
        let _ = parent.insert_before(&self.element, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let Some(parent) = self.element.parent_node() else {
            return false;
        };
        child.mount(parent.unchecked_ref(), Some(&self.element));
        true
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}

/// Fills a gap that has held `before`.
fn fill(place: &Place, value: Value, before: Content) -> Content {
    match value {
        Value::Part(part) => put(place, part, before),
        Value::Listener(handle) => {
            if let Content::Listener(old) = before {
                // Fails for no listener that is there.
                let _ = place
                    .node
                    .remove_event_listener_with_callback(place.name, old.as_ref().unchecked_ref());
            }
            let listener = Listener::wrap(handle);
            // An event target refuses no listener.
            let _ = place
                .node
                .add_event_listener_with_callback(place.name, listener.as_ref().unchecked_ref());
            Content::Listener(listener)
        }
        Value::Reference(load) => {
            load(place.node.unchecked_ref());
            Content::Nothing
        }
    }
}

/// Puts `part` where `before` has been.
fn put(place: &Place, part: Part, before: Content) -> Content {
    match part {
        Part::Nothing => {
            clear(place, before);
            Content::Nothing
        }
        Part::Words(words) => {
            let is_shown = matches!(&before, Content::Words(before) if *before == words);
            // A person may have changed a property since.
            if !is_shown || matches!(place.kind, Kind::Property | Kind::Switch) {
                if !matches!(before, Content::Words(_)) {
                    clear(place, before);
                }
                place.set(&words);
            }
            Content::Words(words)
        }
        Part::Follows(follow) => {
            let before = match before {
                Content::Follows(effect) => effect.0.take_value().unwrap_or(Content::Nothing),
                before => before,
            };
            let place = place.clone();
            Content::Follows(Following(RenderEffect::new_with_value(
                move |before| put(&place, follow(), before.unwrap_or(Content::Nothing)),
                Some(before),
            )))
        }
        Part::View(view) => match before {
            Content::View(mut state) => {
                view.rebuild(&mut state);
                Content::View(state)
            }
            before => {
                clear(place, before);
                let mut state = view.build();
                if let Some(parent) = place.node.parent_node() {
                    state.mount(parent.unchecked_ref(), Some(&place.node));
                }
                Content::View(state)
            }
        },
    }
}

/// Takes what was in a gap out of it.
fn clear(place: &Place, before: Content) {
    match before {
        Content::Nothing | Content::Listener(_) => {}
        Content::Words(_) => place.unset(),
        Content::View(mut state) => state.unmount(),
        Content::Follows(effect) => {
            if let Some(before) = effect.0.take_value() {
                clear(place, before);
            }
        }
    }
}

/// A loose part that has been drawn: what is in it stands before an empty text, or is its text.
pub(super) struct LooseStanding(Gap);

impl Render for Loose {
    type State = LooseStanding;

    fn build(self) -> LooseStanding {
        let place = Place {
            kind: Kind::Child,
            name: "",
            node: document().create_text_node("").into(),
        };
        let content = put(&place, self.0.take(), Content::Nothing);
        LooseStanding(Gap { place, content })
    }

    fn rebuild(self, state: &mut LooseStanding) {
        let gap = &mut state.0;
        clear(
            &gap.place,
            core::mem::replace(&mut gap.content, Content::Nothing),
        );
        gap.content = put(&gap.place, self.0.take(), Content::Nothing);
    }
}

impl Content {
    /// Does something with the view that is in it now, if one is.
    fn each_view(&mut self, act: &mut dyn FnMut(&mut AnyViewState)) {
        match self {
            Self::View(state) => act(state),
            Self::Follows(effect) => {
                effect.0.with_value_mut(|content| content.each_view(act));
            }
            _ => {}
        }
    }

    fn read_view(&self, read: &mut dyn FnMut(&AnyViewState)) {
        match self {
            Self::View(state) => read(state),
            Self::Follows(effect) => {
                effect.0.with_value_mut(|content| content.read_view(read));
            }
            _ => {}
        }
    }

    /// Puts `child` before the view that is in it, if one is.
    fn put_before(&self, child: &mut dyn Mountable) -> bool {
        let mut is_put = false;
        self.read_view(&mut |state| is_put = state.insert_before_this(child));
        is_put
    }
}

impl Mountable for LooseStanding {
    fn unmount(&mut self) {
        self.0.content.each_view(&mut |state| state.unmount());
        self.0.place.text().remove();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        let node = &self.0.place.node;
        // Refused only by a parent that is itself in it.
        let _ = parent.insert_before(node, marker);
        self.0
            .content
            .each_view(&mut |state| state.mount(parent, Some(node)));
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        if self.0.content.put_before(child) {
            return true;
        }
        let node = &self.0.place.node;
        let Some(parent) = node.parent_node() else {
            return false;
        };
        child.mount(parent.unchecked_ref(), Some(node));
        true
    }

    fn elements(&self) -> Vec<Element> {
        let mut elements = Vec::new();
        self.0
            .content
            .read_view(&mut |state| elements = state.elements());
        elements
    }
}

impl Place {
    fn text(&self) -> &Text {
        self.node.unchecked_ref()
    }

    /// What each of these asks of the browser fails only for names that are none.
    fn set(&self, words: &str) {
        let element: &HtmlElement = self.node.unchecked_ref();
        match self.kind {
            Kind::Child => self.text().set_data(words),
            Kind::Attribute => {
                let _ = element.set_attribute(self.name, words);
            }
            Kind::Class => {
                let _ = element.class_list().add_1(self.name);
            }
            Kind::Style => {
                let _ = element.style().set_property(self.name, words);
            }
            Kind::Property => self.set_property(&JsValue::from_str(words)),
            Kind::Switch => self.set_property(&JsValue::TRUE),
            Kind::Event | Kind::Reference => {}
        }
    }

    fn unset(&self) {
        let element: &HtmlElement = self.node.unchecked_ref();
        match self.kind {
            Kind::Child => self.text().set_data(""),
            Kind::Attribute => {
                let _ = element.remove_attribute(self.name);
            }
            Kind::Class => {
                let _ = element.class_list().remove_1(self.name);
            }
            Kind::Style => {
                let _ = element.style().remove_property(self.name);
            }
            Kind::Property => self.set_property(&JsValue::from_str("")),
            Kind::Switch => self.set_property(&JsValue::FALSE),
            Kind::Event | Kind::Reference => {}
        }
    }

    fn set_property(&self, value: &JsValue) {
        let _ = js_sys::Reflect::set(&self.node, &JsValue::from_str(self.name), value);
    }
}
