//! `view!` in leptos' notation, for the screen of MQTT Lab, where a small download counts.
//!
//! leptos' own macro gives every view a type of its own, and all that draws and follows it is compiled
//! anew for each. This one writes what never changes as one text, the template, and what does as a list
//! of values in its order; `ui::element` of the page draws any of them with the same code.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeElement};
use rstml::{Infallible, Parser, ParserConfig};
use syn::spanned::Spanned;
use syn::{Expr, Lit};

/// Components of leptos itself, whose views have types of their own.
const LEPTOS: [&str; 2] = ["For", "Provider"];

/// Elements that are drawn as pictures (SVG) also where no `<svg>` stands around them in the same view.
const PICTURES: [&str; 8] = [
    "svg", "path", "circle", "ellipse", "g", "line", "polyline", "rect",
];

/// A view: elements, components, text in quotes and blocks of Rust.
///
/// Elements take attributes, `class:name`, `style:name`, `prop:value`, `prop:checked` and
/// `prop:selected`, `on:event` and `node_ref`; components take their properties and children. What a
/// closure answers is followed. The answer is a `Piece` of the page.
#[proc_macro]
pub fn view(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let config = ParserConfig::default().recover_block(true);
    let (nodes, faults) = Parser::<Infallible>::new(config)
        .parse_recoverable(TokenStream::from(input))
        .split_vec();
    let faults = faults.into_iter().map(|fault| fault.emit_as_expr_tokens());
    let view = whole(&nodes).unwrap_or_else(|fault| fault.to_compile_error());
    quote!({
        #(#faults;)*
        #[allow(unused_braces)]
        #view
    })
    .into()
}

/// A view of all of `nodes`: an expression that is a `Piece`.
fn whole(nodes: &[Node]) -> syn::Result<TokenStream> {
    let mut pieces = Vec::new();
    for node in nodes {
        match node {
            Node::Comment(_) => {}
            Node::Element(element) if !is_component(element) => pieces.push(drawn(element)?),
            node => {
                let part = part(node)?;
                pieces.push(quote!(crate::ui::element::piece(#part)));
            }
        }
    }
    Ok(match &pieces[..] {
        [piece] => quote!(#piece),
        pieces => quote!(crate::ui::element::several(::std::vec![#(#pieces),*])),
    })
}

/// What is not drawn by the template: an expression that becomes a part.
fn part(node: &Node) -> syn::Result<TokenStream> {
    match node {
        Node::Element(element) if is_component(element) => component(element),
        Node::Element(element) => drawn(element),
        Node::Block(block) => Ok(quote!(#block)),
        Node::Text(text) => {
            let text = &text.value;
            Ok(quote!(#text))
        }
        node => Err(syn::Error::new(
            node.span(),
            "a view has elements, components, text in quotes and blocks",
        )),
    }
}

fn is_component(element: &NodeElement<Infallible>) -> bool {
    let name = element.name().to_string();
    let last = name.rsplit("::").next().unwrap_or_default();
    last.starts_with(|first: char| first.is_ascii_uppercase())
}

/// A component, called as leptos calls it.
fn component(element: &NodeElement<Infallible>) -> syn::Result<TokenStream> {
    let name = element.name();
    let mut properties = Vec::new();
    for attribute in element.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(unknown(attribute));
        };
        let key = &attribute.key;
        if key.to_string().contains(':') {
            return Err(unknown(attribute));
        }
        let value = match attribute.value() {
            Some(value) => quote!(#value),
            None => quote!(#key),
        };
        properties.push(quote!(.#key({ #value })));
    }
    let children = if element.children.is_empty() {
        quote!()
    } else {
        let children = whole(&element.children)?;
        quote!(.children(::leptos::children::ToChildren::to_children(move || #children)))
    };
    let call = quote_spanned! {name.span()=>
        ::leptos::component::component_view(
            #[allow(clippy::needless_borrows_for_generic_args)]
            &#name,
            ::leptos::component::component_props_builder(&#name)
                #(#properties)*
                #children
                .build(),
        )
    };
    let name = name.to_string();
    Ok(if LEPTOS.iter().any(|other| *other == name) {
        quote!(::leptos::prelude::IntoAny::into_any(#call))
    } else {
        call
    })
}

/// An element with all that stands in it.
fn drawn(element: &NodeElement<Infallible>) -> syn::Result<TokenStream> {
    let mut template = Template::default();
    template.element(element, false)?;
    let Template { words, values } = template;
    Ok(quote!({
        let mut __filling = crate::ui::element::Filling::new(#words);
        #(__filling #values;)*
        __filling.piece()
    }))
}

/// The template as `ui::element` reads it, and the calls that fill it in, in its order.
#[derive(Default)]
struct Template {
    words: String,
    values: Vec<TokenStream>,
}

impl Template {
    fn element(&mut self, element: &NodeElement<Infallible>, in_picture: bool) -> syn::Result<()> {
        let name = element.name().to_string();
        let in_picture = in_picture || PICTURES.iter().any(|picture| *picture == name);
        self.step(if in_picture { '!' } else { '<' }, &[&name]);
        for attribute in element.attributes() {
            let NodeAttribute::Attribute(attribute) = attribute else {
                return Err(unknown(attribute));
            };
            self.attribute(attribute)?;
        }
        for child in &element.children {
            match child {
                Node::Comment(_) => {}
                Node::Element(child) if !is_component(child) => self.element(child, in_picture)?,
                Node::Text(text) => self.step('"', &[&text.value_string()]),
                child => {
                    let part = part(child)?;
                    self.step('?', &[]);
                    self.values.push(quote!(.put(#part)));
                }
            }
        }
        self.step('>', &[]);
        Ok(())
    }

    fn attribute(&mut self, attribute: &KeyedAttribute) -> syn::Result<()> {
        let key = attribute.key.to_string();
        let Some(value) = attribute.value() else {
            if key.contains(':') || key == "node_ref" {
                return Err(unknown(attribute));
            }
            self.step('=', &[&key, ""]);
            return Ok(());
        };
        if let Some(words) = literal(value)
            && !key.contains(':')
        {
            if let Some(words) = words {
                self.step('=', &[&key, &words]);
            }
            return Ok(());
        }
        let value = quote_spanned!(value.span()=> { #value });
        let (step, name, value) = match key.split_once(':') {
            None if key == "node_ref" => ('n', "", quote!(.refer(#value))),
            None => ('a', &key[..], quote!(.put(#value))),
            Some(("attr", name)) => ('a', name, quote!(.put(#value))),
            Some(("class", name)) => ('c', name, quote!(.put(#value))),
            Some(("style", name)) => ('s', name, quote!(.put(#value))),
            Some(("prop", name @ "value")) => ('p', name, quote!(.put(#value))),
            Some(("prop", name @ ("checked" | "selected"))) => ('b', name, quote!(.put(#value))),
            Some(("on", name)) => {
                let event = syn::Ident::new(name, attribute.key.span());
                ('e', name, quote!(.listen(::leptos::ev::#event, #value)))
            }
            Some(_) => return Err(unknown(attribute)),
        };
        if step == 'n' {
            self.step(step, &[]);
        } else {
            self.step(step, &[name]);
        }
        self.values.push(value);
        Ok(())
    }

    /// One step of the template: what it is, and its words, each with an end.
    fn step(&mut self, step: char, words: &[&str]) {
        self.words.push(step);
        for word in words {
            assert!(!word.contains('\0'), "words of a view have no U+0000");
            self.words.push_str(word);
            self.words.push('\0');
        }
    }
}

/// What a literal comes to as an attribute: its words, or none at all for `false`.
fn literal(value: &Expr) -> Option<Option<String>> {
    let Expr::Lit(literal) = value else {
        return None;
    };
    match &literal.lit {
        Lit::Str(words) => Some(Some(words.value())),
        Lit::Int(number) => Some(Some(number.base10_digits().to_owned())),
        Lit::Bool(is_there) => Some(is_there.value.then(String::new)),
        _ => None,
    }
}

fn unknown(attribute: &impl Spanned) -> syn::Error {
    syn::Error::new(attribute.span(), "`view!` of this page does not know this")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(view: TokenStream) -> (String, usize) {
        let nodes = Parser::<Infallible>::new(ParserConfig::default()).parse_simple(view);
        let nodes = nodes.expect("the notation of views");
        let [Node::Element(element)] = &nodes[..] else {
            panic!("one element");
        };
        let mut template = Template::default();
        template.element(element, false).expect("a view");
        (template.words, template.values.len())
    }

    fn fault(view: TokenStream) -> String {
        let nodes = Parser::<Infallible>::new(ParserConfig::default()).parse_simple(view);
        whole(&nodes.expect("the notation of views"))
            .expect_err("no view")
            .to_string()
    }

    #[test]
    fn what_never_changes_is_in_the_template() {
        let (words, values) = template(quote! {
            <p class="hint" hidden=false open=true tabindex=0 data-x>"one " <b>"two"</b></p>
        });
        let expected =
            "<p\0=class\0hint\0=open\0\0=tabindex\x000\0=data-x\0\0\"one \0<b\0\"two\0>>";
        assert_eq!((words.as_str(), values), (expected, 0));
    }

    #[test]
    fn each_gap_has_a_value_in_the_order_of_the_document() {
        let (words, values) = template(quote! {
            <a href=url class:on=is_on style:left=left prop:value=value prop:checked=on on:click=go node_ref=node>
                {first} <Part label="x" /> "text" <i>{last}</i>
            </a>
        });
        let expected = "<a\0ahref\0con\0sleft\0pvalue\0bchecked\0eclick\0n??\"text\0<i\0?>>";
        assert_eq!((words.as_str(), values), (expected, 10));
    }

    #[test]
    fn what_stands_in_a_picture_is_one() {
        let (words, _) = template(quote!(<svg viewBox="0 0 1 1"><path d="M0 0"></path></svg>));
        assert_eq!(words, "!svg\0=viewBox\x000 0 1 1\0!path\0=d\0M0 0\0>>");
        let (words, _) = template(quote!(<circle r="1"></circle>));
        assert!(words.starts_with('!'));
    }

    #[test]
    fn what_it_does_not_know_is_a_fault() {
        for view in [
            quote!(<p use:thing></p>),
            quote!(<p bind:value=x></p>),
            quote!(<p {..more}></p>),
            quote!(<Part class:x=y />),
        ] {
            assert!(fault(view.clone()).contains("does not know"), "{view}");
        }
    }
}
