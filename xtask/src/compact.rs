//! A module written anew, so that gzip finds more in it.
//!
//! gzip writes what has occurred before, at most 32 KiB earlier, as a reference to it. Functions that are alike
//! therefore have to stand near each other, and in a module they may stand in any order.

use std::collections::{HashMap, VecDeque};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, ElementSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, ElementItems, ElementKind, ElementSectionReader, FunctionSectionReader,
    Operator, Parser, Payload, TypeRef,
};

use crate::report::{Failure, Outcome};

/// How far back gzip looks, in bytes.
const WINDOW: usize = 32 * 1024;
/// Functions are alike by the runs of bytes, of these lengths, that they have in common.
const RUNS: [usize; 2] = [4, 8];
/// What stands in more functions than this is near everywhere.
const COMMON: usize = 200;

/// `module`, doing the same with its functions in an order that suits gzip.
pub(crate) fn compacted(module: &[u8]) -> Outcome<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(unreadable)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let ty = import.map_err(unreadable)?.ty;
                    imported += u32::from(matches!(ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let order = alike_together(&bodies);
    let mut new_indices = vec![0; order.len()];
    for (new, old) in (imported..).zip(&order) {
        new_indices[*old] = new;
    }
    let mut writer = Writer {
        imported,
        order,
        new_indices,
    };
    let mut result = Module::new();
    writer
        .parse_core_module(&mut result, Parser::new(0), module)
        .map_err(|error| Failure::new(format!("a module cannot be written anew: {error}")))?;
    Ok(result.finish())
}

/// The functions' indices in an order in which each has much in common with those before it.
fn alike_together(bodies: &[&[u8]]) -> Vec<usize> {
    let runs: Vec<Vec<u32>> = numbered_runs(bodies);
    let mut having: Vec<Vec<usize>> = Vec::new();
    for (function, runs) in runs.iter().enumerate() {
        for run in runs {
            let run = *run as usize;
            having.resize(having.len().max(run + 1), Vec::new());
            having[run].push(function);
        }
    }
    let tells = |run: u32| (2..=COMMON).contains(&having[run as usize].len());
    // The fewer functions have a run, the more depends on them.
    let counts = |run: u32| 1.0 / (having[run as usize].len() as f32).sqrt();
    let weights: Vec<f32> = bodies.iter().map(|body| weight(body.len())).collect();

    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    let (mut window, mut window_size) = (VecDeque::new(), 0);
    let mut in_window = vec![0_u32; having.len()];
    // How many of its runs are in the window, and how many are near its end: what is near costs least.
    let mut known = vec![0_f32; bodies.len()];
    let mut near = vec![0_f32; bodies.len()];
    let mut next = (!left.is_empty()).then_some(0);
    while let Some(at) = next {
        let function = left.remove(at);
        order.push(function);
        window.push_back(function);
        window_size += bodies[function].len();
        for nearness in &mut near {
            *nearness *= 0.9;
        }
        for run in runs[function].iter().copied().filter(|run| tells(*run)) {
            let times = &mut in_window[run as usize];
            *times += 1;
            for other in &having[run as usize] {
                if *times == 1 {
                    known[*other] += counts(run);
                }
                near[*other] += 0.5 * counts(run);
            }
        }
        while window_size > WINDOW && window.len() > 1 {
            let Some(gone) = window.pop_front() else {
                break;
            };
            window_size -= bodies[gone].len();
            for run in runs[gone].iter().copied().filter(|run| tells(*run)) {
                let times = &mut in_window[run as usize];
                *times -= 1;
                if *times == 0 {
                    for other in &having[run as usize] {
                        known[*other] -= counts(run);
                    }
                }
            }
        }
        let likeness = |function: usize| (known[function] + near[function]) * weights[function];
        next = (0..left.len()).reduce(|best, at| {
            if likeness(left[at]) > likeness(left[best]) {
                at
            } else {
                best
            }
        });
    }
    order
}

/// The runs of bytes in each of `bodies`, each once, by a number for each different run.
fn numbered_runs(bodies: &[&[u8]]) -> Vec<Vec<u32>> {
    let mut numbers = HashMap::new();
    let runs = bodies.iter().map(|body| {
        let mut runs: Vec<u32> = RUNS
            .into_iter()
            .flat_map(|length| body.windows(length))
            .map(|run| {
                let next = numbers.len() as u32;
                *numbers.entry(run).or_insert(next)
            })
            .collect();
        runs.sort_unstable();
        runs.dedup();
        runs
    });
    runs.collect()
}

/// What something in common counts for in a function of this size: a long one has more in common with any other.
fn weight(size: usize) -> f32 {
    // Roots are the same on every computer, other powers need not be.
    let size = size as f32 + 20.0;
    size.sqrt().sqrt() / size
}

struct Writer {
    imported: u32,
    order: Vec<usize>,
    new_indices: Vec<u32>,
}

type Written<T> = Result<T, reencode::Error<&'static str>>;

impl Reencode for Writer {
    type Error = &'static str;

    fn function_index(&mut self, index: u32) -> Written<u32> {
        let Some(own) = index.checked_sub(self.imported) else {
            return Ok(index);
        };
        let new = self.new_indices.get(own as usize).copied();
        new.ok_or(reencode::Error::UserError("it calls no function"))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Written<()> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for old in &self.order {
            functions.function(types[*old]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Written<()> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for at in 0..self.order.len() {
            self.parse_function_body(code, bodies[self.order[at]].clone())?;
        }
        Ok(())
    }

    /// Without those that put nothing into the table: the splitter keeps room there for other modules.
    fn parse_element_section(
        &mut self,
        elements: &mut ElementSection,
        section: ElementSectionReader<'_>,
    ) -> Written<()> {
        for element in section {
            let element = element?;
            if !matches!(element.kind, ElementKind::Active { .. }) {
                return Err(reencode::Error::UserError("elements that are put nowhere"));
            }
            let is_nothing = match &element.items {
                ElementItems::Functions(functions) => functions.count() == 0,
                ElementItems::Expressions(_, expressions) => {
                    let mut is_nothing = true;
                    for expression in expressions.clone() {
                        let first = expression?.get_operators_reader().read()?;
                        is_nothing &= matches!(first, Operator::RefNull { .. });
                    }
                    is_nothing
                }
            };
            if !is_nothing {
                self.parse_element(elements, element)?;
            }
        }
        Ok(())
    }
}

fn unreadable(error: wasmparser::Error) -> Failure {
    Failure::new(format!("a module cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        ConstExpr, Elements, ExportKind, ExportSection, Function, HeapType, RefType, TableSection,
        TableType, TypeSection,
    };
    use wasmparser::Validator;

    use super::*;

    /// Functions of two kinds by turns; each calls the one before it, and all stand in the table in their order.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for number in 0..10_u32 {
            functions.function(0);
            let mut function = Function::new([]);
            let mut body = function.instructions();
            for step in 0..30 {
                let kind = if number.is_multiple_of(2) { 1000 } else { 5000 };
                body.i32_const(kind + step).drop();
            }
            if number > 0 {
                body.call(number - 1);
            }
            body.end();
            code.function(&function);
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 20,
            maximum: None,
            shared: false,
        });
        let mut exports = ExportSection::new();
        exports.export("last", ExportKind::Func, 9);
        let mut elements = ElementSection::new();
        let all: Vec<u32> = (0..10).collect();
        elements.active(
            None,
            &ConstExpr::i32_const(1),
            Elements::Functions(all.into()),
        );
        let nothing = vec![ConstExpr::ref_null(HeapType::FUNC); 5];
        let nothing = Elements::Expressions(RefType::FUNCREF, nothing.into());
        elements.active(None, &ConstExpr::i32_const(11), nothing);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&tables);
        module.section(&exports).section(&elements).section(&code);
        module.finish()
    }

    /// For each place of the table the function there: its first number, and which place it calls.
    fn by_place(module: &[u8]) -> Vec<(i32, Option<usize>)> {
        let (mut table, mut functions, mut exported) = (Vec::new(), Vec::new(), 0);
        for payload in Parser::new(0).parse_all(module) {
            match payload.expect("a module") {
                Payload::ExportSection(section) => {
                    exported = section
                        .into_iter()
                        .next()
                        .expect("one")
                        .expect("readable")
                        .index;
                }
                Payload::ElementSection(section) => {
                    assert_eq!(section.count(), 1);
                    for element in section {
                        let ElementItems::Functions(functions) = element.expect("readable").items
                        else {
                            panic!("elements are functions");
                        };
                        table.extend(
                            functions
                                .into_iter()
                                .map(|function| function.expect("readable")),
                        );
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let (mut first, mut call) = (None, None);
                    for operator in body.get_operators_reader().expect("code") {
                        match operator.expect("code") {
                            Operator::I32Const { value } => first = first.or(Some(value)),
                            Operator::Call { function_index } => call = Some(function_index),
                            _ => {}
                        }
                    }
                    functions.push((first.expect("it begins with a number"), call));
                }
                _ => {}
            }
        }
        assert_eq!(Some(&exported), table.last());
        let place_of = |function| table.iter().position(|other| *other == function);
        let functions = table.iter().map(|function| {
            let (first, call) = functions[*function as usize];
            (first, call.and_then(place_of))
        });
        functions.collect()
    }

    #[test]
    fn a_module_in_another_order_does_the_same() {
        let module = module();
        let other = compacted(&module).expect("it can be written anew");
        Validator::new().validate_all(&other).expect("it is valid");
        assert_eq!(other, compacted(&module).expect("again"));
        let expected: Vec<_> = (0..10)
            .map(|number: usize| {
                let first = if number.is_multiple_of(2) { 1000 } else { 5000 };
                (first, number.checked_sub(1))
            })
            .collect();
        assert_eq!(by_place(&other), expected);
    }

    #[test]
    fn what_is_alike_stands_together() {
        let even = b"abcdefghijklmnopqrstuvwxyz";
        let odd = b"0123456789-0123456789+0123";
        let order = alike_together(&[even, odd, even, odd, even]);
        assert_eq!(order, [0, 2, 4, 1, 3]);
        assert!(alike_together(&[]).is_empty());
    }
}
