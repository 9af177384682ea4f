//! Templates, drawn once and copied.

use core::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::{Kind, Place};

/// The namespace of elements that are drawn as pictures.
const SVG: &str = "http://www.w3.org/2000/svg";

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
pub(super) fn drawn(template: &'static str) -> (Element, Vec<Place>) {
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
        loop {
            let mut letters = rest.chars();
            let Some(step) = letters.next() else { break };
            rest = letters.as_str();
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
