//! What `view!` draws with: one kind of element for every view of the page.
//!
//! A view is a template, in which stands all that never changes, and a list of values for its gaps, in the
//! order of the document. The template is drawn once and then copied; the values go into the copy. So the
//! code of a view is its list, and everything else is compiled once.

pub(crate) use mqtt_lab_view::view;

use core::cell::RefCell;
use std::borrow::Cow;
use std::rc::Rc;

use leptos::ev::EventDescriptor;
use leptos::html::ElementType;
use leptos::prelude::*;
use leptos::reactive::effect::RenderEffect;
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::tachys::view::any_view::AnyViewState;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, Node, Text};

use super::memo::Memo;
use super::piece::Piece;

/// The namespace of elements that are drawn as pictures.
const SVG: &str = "http://www.w3.org/2000/svg";

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

/// A template that has been drawn.
struct Prototype {
    element: Element,
    /// The way from gap to gap.
    way: Vec<Step>,
}

/// A step on the way through an element.
enum Step {
    ToFirstChild,
    ToNext,
    ToParent,
    Gap(Kind, &'static str),
}

thread_local! {
    /// What has been drawn, by where its template stands in memory, in that order.
    static PROTOTYPES: RefCell<Vec<(usize, Rc<Prototype>)>> = const { RefCell::new(Vec::new()) };
}

/// A new element of a template, and its gaps.
fn drawn(template: &'static str) -> (Element, Vec<Place>) {
    let prototype = prototype(template);
    let copy = prototype.element.clone_node_with_deep(true);
    let element: Element = copy
        .unwrap_or_else(|_| unreachable!("any element can be copied"))
        .unchecked_into();
    let mut here: Node = element.clone().into();
    let mut parents = Vec::new();
    let mut places = Vec::new();
    for step in &prototype.way {
        let next = match step {
            Step::ToFirstChild => {
                let next = here.first_child();
                parents.push(here.clone());
                next
            }
            Step::ToNext => here.next_sibling(),
            Step::ToParent => parents.pop(),
            &Step::Gap(kind, name) => {
                places.push(Place {
                    kind,
                    name,
                    node: here.clone(),
                });
                continue;
            }
        };
        if let Some(next) = next {
            here = next;
        }
    }
    (element, places)
}

fn prototype(template: &'static str) -> Rc<Prototype> {
    let address = template.as_ptr() as usize;
    PROTOTYPES.with_borrow_mut(|prototypes| {
        match prototypes.binary_search_by_key(&address, |(address, _)| *address) {
            Ok(place) => Rc::clone(&prototypes[place].1),
            Err(place) => {
                let prototype = Rc::new(Prototype::draw(template));
                prototypes.insert(place, (address, Rc::clone(&prototype)));
                prototype
            }
        }
    })
}

impl Prototype {
    /// Draws a template: steps of one letter with their words, each with U+0000 behind it.
    fn draw(template: &'static str) -> Self {
        let document = document();
        let mut rest = template;
        let mut way = Way::default();
        // The elements that are open, and how many children each has.
        let mut open: Vec<(Element, usize)> = Vec::new();
        while let Some(step) = rest.chars().next() {
            rest = &rest[1..];
            let mut word = || {
                let (word, after) = rest.split_once('\0').unwrap_or_default();
                rest = after;
                word
            };
            let kind = match step {
                '<' | '!' => {
                    let namespace = if step == '<' { HTML } else { SVG };
                    let element = document.create_element_ns(Some(namespace), word());
                    let element = element.unwrap_or_else(|_| unreachable!("its name is one"));
                    if !open.is_empty() {
                        append(&mut open, &element);
                    }
                    open.push((element, 0));
                    continue;
                }
                '=' => {
                    if let Some((element, _)) = open.last() {
                        let name = word();
                        let _ = element.set_attribute(name, word());
                    }
                    continue;
                }
                '"' => {
                    append(&mut open, &document.create_text_node(word()));
                    continue;
                }
                '>' => {
                    if open.len() == 1 {
                        break;
                    }
                    open.pop();
                    continue;
                }
                '?' => Kind::Child,
                'a' => Kind::Attribute,
                'c' => Kind::Class,
                's' => Kind::Style,
                'p' => Kind::Property,
                'b' => Kind::Switch,
                'e' => Kind::Event,
                _ => Kind::Reference,
            };
            let name = match kind {
                Kind::Child => {
                    append(&mut open, &document.create_text_node(""));
                    ""
                }
                Kind::Reference => "",
                _ => word(),
            };
            // Each number counts the children up to and with the one that is on the way.
            let mut path: Vec<usize> = open.iter().map(|(_, children)| *children).collect();
            if kind != Kind::Child {
                path.pop();
            }
            way.go(path);
            way.steps.push(Step::Gap(kind, name));
        }
        Self {
            element: open.swap_remove(0).0,
            way: way.steps,
        }
    }
}

/// The namespace of all other elements.
const HTML: &str = "http://www.w3.org/1999/xhtml";

/// Makes `child` the last in the element that was opened last.
fn append(open: &mut [(Element, usize)], child: &Node) {
    if let Some((parent, children)) = open.last_mut() {
        // Refused only for a child that its parent stands in.
        let _ = parent.append_child(child);
        *children += 1;
    }
}

/// A way through an element, and where it has come to.
#[derive(Default)]
struct Way {
    steps: Vec<Step>,
    path: Vec<usize>,
}

impl Way {
    /// Goes on to `path`, which is not before what has been come to.
    fn go(&mut self, path: Vec<usize>) {
        let pairs = self.path.iter().zip(&path);
        let common = pairs.take_while(|(here, there)| here == there).count();
        for (depth, &there) in path.iter().enumerate().skip(common) {
            let mut from = 1;
            if let Some(&here) = self.path.get(depth) {
                for _ in depth + 1..self.path.len() {
                    self.steps.push(Step::ToParent);
                }
                self.path.truncate(depth);
                from = here;
            } else {
                self.steps.push(Step::ToFirstChild);
            }
            for _ in from..there {
                self.steps.push(Step::ToNext);
            }
            self.path.push(there);
        }
    }
}
