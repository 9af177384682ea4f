//! Modules of a split page made into one.
//!
//! The splitter gives what several parts share a module of its own for every set of parts, and lets modules call
//! each other through the table that they all import: where a function of another module is called, a small
//! function stands that calls the other's place in the table. Of modules that are always there together one can be
//! made, in which these calls are plain ones, and in which nothing stands in the table any more that only the
//! others of them have looked up there.

mod part;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, Function,
    FunctionSection, ImportSection, Module, NameMap, NameSection, TypeSection,
};
use wasmparser::{FuncType, TypeRef};

use self::part::unknown;
pub(crate) use self::part::{Addressed, Part, places_called};
use crate::report::{Failure, Outcome};

/// Places in the table that nobody looks up cost less than to begin anew behind them, up to this number.
const GAP: u32 = 4;

/// The one module that does what `parts` do. `called` are the places of the table that any other module calls.
pub(crate) fn merged(
    parts: &[Part<'_>],
    called: &HashSet<u32>,
    addressed: &Addressed,
) -> Outcome<Vec<u8>> {
    let mut types = Types::default();
    let (imports, globals) = imports(parts)?;
    let plan = Plan::of(parts);
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut names = NameMap::new();
    for (part_index, part) in parts.iter().enumerate() {
        let mut encoder = Encoder {
            types: part.types.iter().map(|ty| types.index_of(ty)).collect(),
            functions: plan.functions_of(part_index, part),
            globals: &globals[part_index],
        };
        for (index, function) in part.functions.iter().enumerate() {
            let Some(new) = plan.own.get(&(part_index, index as u32)) else {
                continue;
            };
            functions.function(encoder.types[function.type_index as usize]);
            encoder
                .parse_function_body(&mut code, function.body.clone())
                .map_err(|error| unknown(&format!("has a function of another kind: {error}")))?;
            if let Some(name) = part.names.get(&(index as u32)) {
                names.append(*new, name);
            }
        }
    }
    for ty in plan.outside.values().map(|caller| &caller.ty) {
        functions.function(types.index_of(ty));
    }
    for (place, caller) in &plan.outside {
        let mut function = Function::new([]);
        let mut body = function.instructions();
        for parameter in 0..caller.ty.params().len() {
            body.local_get(parameter as u32);
        }
        body.i32_const(*place as i32);
        body.call_indirect(0, types.index_of(&caller.ty));
        body.end();
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types.section);
    module.section(&imports);
    module.section(&functions);
    module.section(&table(parts, &plan, called, addressed));
    module.section(&code);
    let mut data: Vec<_> = parts.iter().flat_map(|part| &part.data).collect();
    data.sort();
    let mut section = DataSection::new();
    for (start, bytes) in data {
        section.active(0, &ConstExpr::i32_const(*start), bytes.iter().copied());
    }
    module.section(&section);
    let mut section = NameSection::new();
    section.functions(&names);
    module.section(&section);
    let module = module.finish();
    wasmparser::validate(&module)
        .map_err(|error| Failure::new(format!("the merged module is not valid: {error}")))?;
    Ok(module)
}

/// What becomes of each function.
struct Plan {
    /// Those that do something: the index each of them gets, by its part and its index there.
    own: HashMap<(usize, u32), u32>,
    /// The index of what the parts themselves have put at a place of the table.
    at_place: HashMap<u32, u32>,
    /// Those that call what stands elsewhere, by its place in the table.
    outside: BTreeMap<u32, Caller>,
}

struct Caller {
    index: u32,
    ty: FuncType,
}

impl Plan {
    fn of(parts: &[Part<'_>]) -> Self {
        let mut own = HashMap::new();
        for (part_index, part) in parts.iter().enumerate() {
            let at_places: HashSet<u32> = part.places.values().copied().collect();
            for (index, function) in (0..).zip(&part.functions) {
                if function.calls_place.is_none() || at_places.contains(&index) {
                    own.insert((part_index, index), own.len() as u32);
                }
            }
        }
        let mut at_place = HashMap::new();
        for (part_index, part) in parts.iter().enumerate() {
            for (place, function) in &part.places {
                at_place.insert(*place, own[&(part_index, *function)]);
            }
        }
        let mut outside = BTreeMap::new();
        for part in parts {
            for function in &part.functions {
                let Some(place) = function.calls_place else {
                    continue;
                };
                if !at_place.contains_key(&place) {
                    let ty = part.types[function.type_index as usize].clone();
                    outside.entry(place).or_insert(Caller { index: 0, ty });
                }
            }
        }
        for (index, caller) in (own.len() as u32..).zip(outside.values_mut()) {
            caller.index = index;
        }
        Self {
            own,
            at_place,
            outside,
        }
    }

    /// What is called in place of each function of a part.
    fn functions_of(&self, part_index: usize, part: &Part<'_>) -> Vec<u32> {
        (0..)
            .zip(&part.functions)
            .map(|(index, function)| {
                let own = self.own.get(&(part_index, index)).copied();
                own.unwrap_or_else(|| {
                    let place = function.calls_place.unwrap_or_default();
                    let here = self.at_place.get(&place).copied();
                    here.unwrap_or_else(|| self.outside[&place].index)
                })
            })
            .collect()
    }
}

/// What stands in the table: only what can be looked up there by another module, or by its address.
fn table(
    parts: &[Part<'_>],
    plan: &Plan,
    called: &HashSet<u32>,
    addressed: &Addressed,
) -> ElementSection {
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    let places = parts.iter().flat_map(|part| {
        part.places.iter().filter_map(|(place, function)| {
            let name = part.names.get(function);
            let is_addressed = name.is_none_or(|name| addressed.names.contains(name));
            (is_addressed || called.contains(place)).then_some(*place)
        })
    });
    let places: BTreeSet<u32> = places.collect();
    // What stands between may be another module's.
    let is_ours = |from: u32, to: u32| {
        to - from <= GAP && (from..to).all(|place| plan.at_place.contains_key(&place))
    };
    for place in places {
        let function = plan.at_place[&place];
        match runs.last_mut() {
            Some((start, run)) if is_ours(*start + run.len() as u32, place) => {
                let fill = run[run.len() - 1];
                run.resize((place - *start) as usize, fill);
                run.push(function);
            }
            _ => runs.push((place, vec![function])),
        }
    }
    let mut section = ElementSection::new();
    for (start, run) in runs {
        let start = ConstExpr::i32_const(start as i32);
        section.active(None, &start, Elements::Functions(run.into()));
    }
    section
}

/// What all parts import, once; and for each part the new indices of its globals.
fn imports(parts: &[Part<'_>]) -> Outcome<(ImportSection, Vec<Vec<u32>>)> {
    let mut imports: Vec<wasmparser::Import<'_>> = Vec::new();
    let mut all_globals = Vec::new();
    for part in parts {
        let (mut globals, mut tables, mut memories) = (Vec::new(), 0, 0);
        for import in &part.imports {
            let known = imports
                .iter()
                .position(|known| (known.module, known.name) == (import.module, import.name));
            let at = match known {
                Some(known) if imports[known].ty != import.ty => {
                    return Err(unknown("imports the same as another, in another form"));
                }
                Some(known) => known,
                None => {
                    imports.push(*import);
                    imports.len() - 1
                }
            };
            match import.ty {
                TypeRef::Global(_) => globals.push(at),
                TypeRef::Table(_) => tables += 1,
                TypeRef::Memory(_) => memories += 1,
                _ => return Err(unknown("imports a function")),
            }
        }
        if tables > 1 || memories > 1 {
            return Err(unknown("has several tables or memories"));
        }
        all_globals.push(globals);
    }
    let mut section = ImportSection::new();
    let mut global_index = HashMap::new();
    let (mut tables, mut memories) = (0, 0);
    for (at, import) in imports.iter().enumerate() {
        match import.ty {
            TypeRef::Global(_) => {
                global_index.insert(at, global_index.len() as u32);
            }
            TypeRef::Table(_) => tables += 1,
            _ => memories += 1,
        }
        let ty = EntityType::try_from(import.ty)
            .map_err(|_| unknown("imports something of another kind"))?;
        section.import(import.module, import.name, ty);
    }
    if tables > 1 || memories > 1 {
        return Err(unknown("has a table or memory of its own"));
    }
    let globals = all_globals
        .iter()
        .map(|globals| globals.iter().map(|at| global_index[at]).collect());
    Ok((section, globals.collect()))
}

/// The types of functions, each once.
#[derive(Default)]
struct Types {
    section: TypeSection,
    known: HashMap<FuncType, u32>,
}

impl Types {
    fn index_of(&mut self, ty: &FuncType) -> u32 {
        let next = self.known.len() as u32;
        *self.known.entry(ty.clone()).or_insert_with(|| {
            let ty = wasm_encoder::FuncType::try_from(ty.clone());
            self.section
                .ty()
                .func_type(&ty.expect("a splitter's part has plain types"));
            next
        })
    }
}

/// Writes a part's functions by their new indices.
struct Encoder<'a> {
    types: Vec<u32>,
    functions: Vec<u32>,
    globals: &'a [u32],
}

type Encoded<T> = Result<T, reencode::Error<&'static str>>;

impl Encoder<'_> {
    fn new_index(indices: &[u32], index: u32) -> Encoded<u32> {
        let new = indices.get(index as usize).copied();
        new.ok_or(reencode::Error::UserError("an index that is none"))
    }

    fn only_first(index: u32) -> Encoded<u32> {
        Self::new_index(&[0], index)
    }
}

impl Reencode for Encoder<'_> {
    type Error = &'static str;

    fn type_index(&mut self, index: u32) -> Encoded<u32> {
        Self::new_index(&self.types, index)
    }

    fn function_index(&mut self, index: u32) -> Encoded<u32> {
        Self::new_index(&self.functions, index)
    }

    fn global_index(&mut self, index: u32) -> Encoded<u32> {
        Self::new_index(self.globals, index)
    }

    fn table_index(&mut self, index: u32) -> Encoded<u32> {
        Self::only_first(index)
    }

    fn memory_index(&mut self, index: u32) -> Encoded<u32> {
        Self::only_first(index)
    }

    fn data_index(&mut self, _: u32) -> Encoded<u32> {
        Err(reencode::Error::UserError("data by its index"))
    }

    fn element_index(&mut self, _: u32) -> Encoded<u32> {
        Err(reencode::Error::UserError("elements by their index"))
    }
}
