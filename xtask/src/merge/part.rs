//! The splitter's modules, read as far as they have to be understood.

use std::collections::{BTreeMap, HashMap, HashSet};

use wasmparser::{
    BinaryReader, DataKind, ElementItems, ElementKind, FuncType, FunctionBody, KnownCustom,
    Linking, Name, Operator, Parser, Payload, RelocationType, SymbolInfo,
};

use crate::report::{Failure, Outcome};

/// Whose address the program takes: such functions can be called from wherever their address has got to.
#[derive(Default)]
pub(crate) struct Addressed {
    /// Their names; of functions that are called alike, all count.
    pub(super) names: HashSet<String>,
}

impl Addressed {
    /// What the linker has noted about the program, before it was split.
    pub(crate) fn of(linked: &[u8]) -> Outcome<Self> {
        let (mut symbols, mut taken) = (Vec::new(), Vec::new());
        let mut names = HashMap::new();
        for payload in Parser::new(0).parse_all(linked) {
            let Payload::CustomSection(section) = payload.map_err(unreadable)? else {
                continue;
            };
            match section.as_known() {
                KnownCustom::Linking(linking) => {
                    for part in linking.subsections() {
                        let Linking::SymbolTable(table) = part.map_err(unreadable)? else {
                            continue;
                        };
                        for symbol in table {
                            symbols.push(match symbol.map_err(unreadable)? {
                                SymbolInfo::Func { index, .. } => Some(index),
                                _ => None,
                            });
                        }
                    }
                }
                KnownCustom::Reloc(relocations) => {
                    for entry in relocations.entries() {
                        let entry = entry.map_err(unreadable)?;
                        use RelocationType as Type;
                        if matches!(
                            entry.ty,
                            Type::TableIndexSleb
                                | Type::TableIndexI32
                                | Type::TableIndexRelSleb
                                | Type::TableIndexSleb64
                                | Type::TableIndexI64
                                | Type::TableIndexRelSleb64
                        ) {
                            taken.push(entry.index as usize);
                        }
                    }
                }
                KnownCustom::Name(_) => names = function_names(section.data_reader())?,
                _ => {}
            }
        }
        if taken.is_empty() {
            return Err(Failure::new(
                "the linked module does not say whose address it takes",
            ));
        }
        let names = taken.into_iter().map(|symbol| {
            let function = symbols.get(symbol).copied().flatten();
            let name = function.and_then(|function| names.get(&function));
            name.cloned()
                .ok_or_else(|| Failure::new("the linked module takes the address of no function"))
        });
        let names = names.collect::<Outcome<_>>()?;
        Ok(Self { names })
    }
}

/// One of the splitter's modules, read as far as it must be understood.
pub(crate) struct Part<'a> {
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<wasmparser::Import<'a>>,
    pub(super) functions: Vec<PartFunction<'a>>,
    /// Which of its functions stands at which place of the table.
    pub(super) places: BTreeMap<u32, u32>,
    /// Data and where in the memory it stands.
    pub(super) data: Vec<(i32, &'a [u8])>,
    pub(super) names: HashMap<u32, String>,
}

pub(super) struct PartFunction<'a> {
    pub(super) type_index: u32,
    pub(super) body: FunctionBody<'a>,
    /// It only calls what stands at this place of the table.
    pub(super) calls_place: Option<u32>,
}

impl<'a> Part<'a> {
    /// Reads `module`; anything that the splitter does not write is an error, so that nothing gets lost.
    pub(crate) fn read(module: &'a [u8]) -> Outcome<Self> {
        let mut part = Self {
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            places: BTreeMap::new(),
            data: Vec::new(),
            names: HashMap::new(),
        };
        let (mut function_types, mut bodies) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(unreadable)? {
                Payload::TypeSection(section) => {
                    for types in section.into_iter_err_on_gc_types() {
                        part.types.push(types.map_err(unreadable)?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        part.imports.push(import.map_err(unreadable)?);
                    }
                }
                Payload::FunctionSection(section) => {
                    for type_index in section {
                        function_types.push(type_index.map_err(unreadable)?);
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        part.read_places(element.map_err(unreadable)?)?;
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(body),
                Payload::DataSection(section) => {
                    for data in section {
                        part.read_data(data.map_err(unreadable)?)?;
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(_) = section.as_known() {
                        part.names = function_names(section.data_reader())?;
                    }
                }
                Payload::ExportSection(section) if section.count() == 0 => {}
                Payload::Version { .. }
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::End(_) => {}
                other => return Err(unknown(&format!("has {other:?}"))),
            }
        }
        if function_types.len() != bodies.len() {
            return Err(unknown("declares other functions than it has"));
        }
        for (type_index, body) in function_types.into_iter().zip(bodies) {
            let calls_place = place_called(&body, type_index, &part.types)?;
            part.functions.push(PartFunction {
                type_index,
                body,
                calls_place,
            });
        }
        Ok(part)
    }

    fn read_places(&mut self, element: wasmparser::Element<'_>) -> Outcome<()> {
        let (
            ElementKind::Active {
                table_index: None | Some(0),
                offset_expr,
            },
            ElementItems::Functions(functions),
        ) = (element.kind, element.items)
        else {
            return Err(unknown("fills the table in another way"));
        };
        let start = constant(&offset_expr)?;
        for (place, function) in (start as u32..).zip(functions) {
            self.places.insert(place, function.map_err(unreadable)?);
        }
        Ok(())
    }

    fn read_data(&mut self, data: wasmparser::Data<'a>) -> Outcome<()> {
        match data.kind {
            _ if data.data.is_empty() => {}
            DataKind::Active {
                memory_index: 0,
                offset_expr,
            } => self.data.push((constant(&offset_expr)?, data.data)),
            _ => return Err(unknown("has data that is nowhere in the memory")),
        }
        Ok(())
    }
}

/// The places of the table that the functions of any module call, of which nothing else has to be understood.
pub(crate) fn places_called(module: &[u8]) -> Outcome<HashSet<u32>> {
    let mut places = HashSet::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CodeSectionEntry(body) = payload.map_err(unreadable)? else {
            continue;
        };
        let mut place = None;
        for operator in body.get_operators_reader().map_err(unreadable)? {
            let operator = operator.map_err(unreadable)?;
            if let (Some(place), Operator::CallIndirect { .. }) = (place, &operator) {
                places.insert(place);
            }
            place = match operator {
                Operator::I32Const { value } => Some(value as u32),
                _ => None,
            };
        }
    }
    Ok(places)
}

/// The place in the table that a function calls with what it is called with, if it does nothing else.
fn place_called(
    body: &FunctionBody<'_>,
    own_type: u32,
    types: &[FuncType],
) -> Outcome<Option<u32>> {
    let ty = types
        .get(own_type as usize)
        .ok_or_else(|| unknown("has a function of no type"))?;
    if body.get_locals_reader().map_err(unreadable)?.get_count() > 0 {
        return Ok(None);
    }
    let mut operators = body.get_operators_reader().map_err(unreadable)?;
    for parameter in 0..ty.params().len() as u32 {
        match operators.read().map_err(unreadable)? {
            Operator::LocalGet { local_index } if local_index == parameter => {}
            _ => return Ok(None),
        }
    }
    let Operator::I32Const { value } = operators.read().map_err(unreadable)? else {
        return Ok(None);
    };
    if operators.eof() {
        return Ok(None);
    }
    let calls = matches!(
        operators.read().map_err(unreadable)?,
        Operator::CallIndirect { type_index, table_index: 0 } if type_index == own_type
    );
    let ends = calls && matches!(operators.read().map_err(unreadable)?, Operator::End);
    Ok((ends && operators.eof()).then_some(value as u32))
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Outcome<i32> {
    let mut operators = expression.get_operators_reader();
    match operators.read().map_err(unreadable)? {
        Operator::I32Const { value } => Ok(value),
        _ => Err(unknown("puts something at a place that is not known")),
    }
}

/// The functions' names in a section of that kind.
fn function_names(section: BinaryReader<'_>) -> Outcome<HashMap<u32, String>> {
    let mut names = HashMap::new();
    for part in wasmparser::NameSectionReader::new(section) {
        let Name::Function(functions) = part.map_err(unreadable)? else {
            continue;
        };
        for naming in functions {
            let naming = naming.map_err(unreadable)?;
            names.insert(naming.index, naming.name.to_owned());
        }
    }
    Ok(names)
}

fn unreadable(error: wasmparser::Error) -> Failure {
    Failure::new(format!("a module of the page cannot be read: {error}"))
}

pub(super) fn unknown(what: &str) -> Failure {
    Failure::new(format!(
        "a part of the page {what}; `merge` knows no such modules"
    ))
}
