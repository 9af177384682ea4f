use wasm_encoder::{GlobalType, MemoryType, RefType, TableType, ValType};
use wasmparser::Operator;

use super::*;

/// Calls what stands at a place of the table, as the splitter has it.
fn caller(place: i32) -> Function {
    let mut function = Function::new([]);
    function
        .instructions()
        .local_get(0)
        .i32_const(place)
        .call_indirect(0, 1)
        .end();
    function
}

/// Calls a function of the same module, and uses its global.
fn user(callee: u32) -> Function {
    let mut function = Function::new([]);
    let mut body = function.instructions();
    body.local_get(0).call(callee).global_get(0).i32_add().end();
    function
}

/// A module as the splitter writes it, of functions that take a number and give one.
fn module(functions: &[(&str, Function)], places: &[(i32, u32)], data: (i32, &str)) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import(
        "__wasm_split",
        "__wasm_split_shared0",
        GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        },
    );
    let memory = MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imports.import("__wasm_split", "memory", memory);
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 20,
        maximum: None,
        shared: false,
    };
    imports.import("__wasm_split", "__indirect_function_table", table);
    let (mut indices, mut code) = (FunctionSection::new(), CodeSection::new());
    let (mut names, mut elements) = (NameMap::new(), ElementSection::new());
    for (index, (name, function)) in (0..).zip(functions) {
        indices.function(1);
        code.function(function);
        names.append(index, name);
    }
    for (place, function) in places {
        let functions = Elements::Functions(vec![*function].into());
        elements.active(None, &ConstExpr::i32_const(*place), functions);
    }
    let mut segments = DataSection::new();
    segments.active(0, &ConstExpr::i32_const(data.0), data.1.bytes());
    let mut section = NameSection::new();
    section.functions(&names);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&indices)
        .section(&elements);
    module.section(&code).section(&segments).section(&section);
    module.finish()
}

fn of_two(called: &[u32], addressed: &[&str]) -> Vec<u8> {
    let first = module(
        &[("far", caller(9)), ("one", user(0)), ("two", user(1))],
        &[(5, 1), (6, 2)],
        (100, "first"),
    );
    let second = module(
        &[
            ("to one", caller(5)),
            ("also far", caller(9)),
            ("both", user(0)),
            ("far again", user(1)),
        ],
        &[(7, 3), (10, 2)],
        (50, "second"),
    );
    let addressed = Addressed {
        names: addressed.iter().map(|name| (*name).to_owned()).collect(),
    };
    let called = called.iter().copied().collect();
    let parts = [&first, &second].map(|part| Part::read(part).expect("the splitter's"));
    merged(&parts, &called, &addressed).expect("both are known")
}

/// What each function calls.
fn calls(part: &Part<'_>) -> Vec<Vec<u32>> {
    let calls = part.functions.iter().map(|function| {
        let operators = function.body.get_operators_reader().expect("code");
        let calls = operators.into_iter().filter_map(|operator| match operator {
            Ok(Operator::Call { function_index }) => Some(function_index),
            _ => None,
        });
        calls.collect()
    });
    calls.collect()
}

#[test]
fn what_called_each_other_through_the_table_calls_at_once() {
    let module = of_two(&[], &[]);
    let part = Part::read(&module).expect("it is one of the splitter's");
    // One, two, both, far again, and at the end what calls the ninth place for all of them.
    assert_eq!(calls(&part), [vec![4], vec![0], vec![0], vec![4], vec![]]);
    let places: Vec<_> = part
        .functions
        .iter()
        .map(|function| function.calls_place)
        .collect();
    assert_eq!(places, [None, None, None, None, Some(9)]);
    assert_eq!(part.imports.len(), 3);
    assert_eq!(part.types.len(), 2);
    assert_eq!(part.data, [(50, &b"second"[..]), (100, b"first")]);
    assert_eq!(part.names[&2], "both");
}

#[test]
fn the_table_has_what_others_look_up_there() {
    let places = |called: &[u32], addressed: &[&str]| {
        Part::read(&of_two(called, addressed))
            .expect("one of the splitter's")
            .places
    };
    assert!(places(&[], &[]).is_empty());
    assert_eq!(places(&[6, 9], &[]), BTreeMap::from([(6, 1)]));
    assert_eq!(places(&[], &["both"]), BTreeMap::from([(10, 2)]));
    assert_eq!(places(&[5], &["two"]), BTreeMap::from([(5, 0), (6, 1)]));
    // The sixth place is ours and nobody's; the eighth and the ninth are another module's.
    assert_eq!(
        places(&[5, 7], &[]),
        BTreeMap::from([(5, 0), (6, 0), (7, 3)])
    );
    assert_eq!(places(&[7, 10], &[]), BTreeMap::from([(7, 3), (10, 2)]));
}

#[test]
fn modules_of_another_kind_are_refused() {
    let start = wasm_encoder::StartSection { function_index: 0 };
    let mut imports = ImportSection::new();
    imports.import("somewhere", "function", EntityType::Function(0));
    let mut with_start = Module::new();
    with_start.section(&start);
    assert!(Part::read(&with_start.finish()).is_err());
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut with_import = Module::new();
    with_import.section(&types).section(&imports);
    let with_import = with_import.finish();
    let part = Part::read(&with_import).expect("it can be read");
    let addressed = Addressed {
        names: HashSet::new(),
    };
    assert!(merged(&[part], &HashSet::new(), &addressed).is_err());
    assert!(Addressed::of(&with_import).is_err());
}

#[test]
fn the_places_that_a_module_calls_are_found() {
    let module = module(&[("far", caller(9)), ("near", caller(7))], &[], (0, ""));
    assert_eq!(places_called(&module), Ok(HashSet::from([9, 7])));
}
