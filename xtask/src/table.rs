//! The table through which the modules of a split page call each other.
//!
//! The splitter gives every function that another module calls a place in it, and the merger takes places away
//! again. A mistake there would be seen only by whoever opens the part that is concerned, so a build looks at all
//! calls of all modules.

use std::collections::BTreeMap;

use wasmparser::{
    ElementItems, ElementKind, FuncType, FunctionBody, Operator, Parser, Payload, TypeRef,
};

use crate::report::{Failure, Outcome};

/// What is called at a place: where from, and as what.
struct Call<'a> {
    module: &'a str,
    place: u32,
    ty: FuncType,
}

/// What stands at the places of the table, by place, and who calls what stands there.
#[derive(Default)]
struct Table<'a> {
    places: BTreeMap<u32, (&'a str, FuncType)>,
    calls: Vec<Call<'a>>,
}

/// Refuses modules, by their names, that call an empty place or a function of another type, or that put two
/// functions in one place.
pub(crate) fn check<'a>(modules: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Outcome<()> {
    let mut table = Table::default();
    for (name, module) in modules {
        table.read(name, module)?;
    }
    if table.calls.is_empty() {
        return Err(Failure::new("no module of the split page calls another"));
    }
    for Call { module, place, ty } in &table.calls {
        match table.places.get(place) {
            None => {
                return Err(Failure::new(format!(
                    "{module} calls what stands at place {place} of the table, and nothing does"
                )));
            }
            Some((other, own)) if own != ty => {
                return Err(Failure::new(format!(
                    "{module} calls place {place} of the table as {ty}, where {other} has put {own}"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

impl<'a> Table<'a> {
    fn read(&mut self, name: &'a str, module: &[u8]) -> Outcome<()> {
        let unreadable = |error| Failure::new(format!("{name} cannot be read: {error}"));
        let (mut types, mut functions) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(unreadable)? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        types.push(ty.map_err(unreadable)?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) =
                            import.map_err(unreadable)?.ty
                        {
                            functions.push(ty);
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        functions.push(ty.map_err(unreadable)?);
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let element = element.map_err(unreadable)?;
                        let (Some(start), entries) =
                            entries(&element.kind, element.items).map_err(unreadable)?
                        else {
                            continue;
                        };
                        for (place, function) in (start..).zip(entries) {
                            let Some(function) = function else { continue };
                            let ty = functions.get(function as usize);
                            let ty = ty.and_then(|ty| types.get(*ty as usize));
                            let ty = ty.ok_or_else(|| {
                                Failure::new(format!("{name} has no function {function}"))
                            })?;
                            if let Some((other, _)) = self.places.insert(place, (name, ty.clone()))
                            {
                                return Err(Failure::new(format!(
                                    "{other} and {name} both fill place {place} of the table"
                                )));
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for (place, ty) in calls(&body).map_err(unreadable)? {
                        let ty = types.get(ty as usize).cloned();
                        let ty = ty.ok_or_else(|| {
                            Failure::new(format!("{name} calls a function of no type"))
                        })?;
                        self.calls.push(Call {
                            module: name,
                            place,
                            ty,
                        });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Where a segment begins in the table, and the functions from there on; where is unknown of one that is not put
/// there by itself.
fn entries(
    kind: &ElementKind<'_>,
    items: ElementItems<'_>,
) -> wasmparser::Result<(Option<u32>, Vec<Option<u32>>)> {
    let ElementKind::Active { offset_expr, .. } = kind else {
        return Ok((None, Vec::new()));
    };
    let start = match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => u32::try_from(value).ok(),
        _ => None,
    };
    let mut functions = Vec::new();
    match items {
        ElementItems::Functions(section) => {
            for function in section {
                functions.push(Some(function?));
            }
        }
        ElementItems::Expressions(_, section) => {
            for expression in section {
                functions.push(match expression?.get_operators_reader().read()? {
                    Operator::RefFunc { function_index } => Some(function_index),
                    _ => None,
                });
            }
        }
    }
    Ok((start, functions))
}

/// The places that a function calls by their number, and the type it takes what stands there for.
fn calls(body: &FunctionBody<'_>) -> wasmparser::Result<Vec<(u32, u32)>> {
    let mut calls = Vec::new();
    let mut number = None;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        if let (Some(place), Operator::CallIndirect { type_index, .. }) = (number, &operator) {
            calls.push((place, *type_index));
        }
        number = match operator {
            Operator::I32Const { value } => u32::try_from(value).ok(),
            _ => None,
        };
    }
    Ok(calls)
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, Function, FunctionSection, ImportSection,
        Module, RefType, TableType, TypeSection, ValType,
    };

    /// A module with two functions, one without parameters that calls `call` as one of `parameters`, and one with
    /// a parameter; `places` says what it puts where.
    fn module(call: Option<(i32, u32)>, places: &[(i32, u32)]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        let table = TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 20,
            maximum: None,
            shared: false,
        };
        imports.import("a", "b", table);
        let mut functions = FunctionSection::new();
        functions.function(0).function(1);
        let mut elements = ElementSection::new();
        for (place, function) in places {
            let function = Elements::Functions(vec![*function].into());
            elements.active(None, &ConstExpr::i32_const(*place), function);
        }
        let mut code = CodeSection::new();
        let mut first = Function::new([]);
        if let Some((place, ty)) = call {
            let mut body = first.instructions();
            for _ in 0..ty {
                body.i32_const(7);
            }
            body.i32_const(place).call_indirect(0, ty);
        }
        first.instructions().end();
        let mut second = Function::new([]);
        second.instructions().end();
        code.function(&first).function(&second);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&elements).section(&code);
        let module = module.finish();
        wasmparser::validate(&module).expect("it is a module");
        module
    }

    fn check(modules: &[&[u8]]) -> Result<(), String> {
        let modules = ["a.wasm", "b.wasm"]
            .into_iter()
            .zip(modules.iter().copied());
        super::check(modules).map_err(|failure| failure.to_string())
    }

    #[test]
    fn what_is_called_stands_there() {
        let caller = module(Some((3, 1)), &[]);
        assert_eq!(check(&[&caller, &module(None, &[(2, 0), (3, 1)])]), Ok(()));
    }

    #[test]
    fn an_empty_place_another_type_and_two_in_one_place_are_refused() {
        let caller = module(Some((3, 1)), &[]);
        for (other, words) in [
            (module(None, &[(4, 1)]), "and nothing does"),
            (module(None, &[(3, 0)]), "where b.wasm has put"),
            (module(None, &[(3, 1), (3, 1)]), "both fill place 3"),
        ] {
            let refused = check(&[&caller, &other]).expect_err(words);
            assert!(refused.contains(words), "{refused}");
        }
    }

    #[test]
    fn a_page_in_which_nobody_calls_anybody_was_not_understood() {
        assert!(check(&[&module(None, &[(3, 1)])]).is_err());
        assert!(check(&[b"no module"]).is_err());
    }
}
