//! Short names between the page's first module and its script.
//!
//! wasm-bindgen names what one takes from the other by hashes (`__wbg_focus_0123456789abcdef`), so that the names of
//! many crates never meet. Some three hundred of them stand in the module and in the script, and a
//! hash cannot be compressed. Here they get names of a letter or two, in both; and what the script offers to scripts
//! that this page does not have goes, with the code behind it.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, Module, RawSection};
use wasmparser::{Imports, Parser, Payload};

use crate::report::{Failure, Outcome};

/// What the module calls wasm-bindgen's part of the script.
const OWN: &str = "./mqtt-lab_bg.js";
/// What it is called instead.
const SHORT_OWN: &str = "a";
/// As which the script knows what the module exports.
const EXPORTS: &str = "wasm.";

/// The module and the script with short names.
pub(crate) fn shorten(module: &[u8], script: &str) -> Outcome<(Vec<u8>, String)> {
    let (script, unused) = without_unused_classes(&without_doubles(script));
    let mut names = BTreeMap::new();
    let wanted = imports(module)?;
    for (name, short) in wanted.iter().zip(short_names()) {
        if !script.contains(&format!("\n        {name}: ")) {
            return Err(Failure::new(format!(
                "the module takes {name}, which wasm-bindgen's script does not give it"
            )));
        }
        names.insert(name.clone(), short);
    }
    let given: BTreeSet<String> = exports(module)?.into_iter().collect();
    let hashed = given
        .iter()
        .filter(|name| has_hash(name) && !unused.contains(*name));
    for (name, short) in hashed.zip(short_names()) {
        if names.insert(name.clone(), short).is_some() {
            return Err(Failure::new(format!(
                "{name} is taken and given by the module"
            )));
        }
    }
    let (script, uses) = renamed(&script, &names);
    for name in names.keys() {
        let times = uses.get(name).copied().unwrap_or_default();
        // What the module takes is said once, where it is given; what it gives may be used often.
        if times == 0 || (times > 1 && wanted.contains(name)) {
            return Err(Failure::new(format!(
                "{name} of the module stands {times} times in wasm-bindgen's script"
            )));
        }
    }
    let key = format!("{OWN:?}: ");
    if script.matches(&key).count() != 1 {
        return Err(Failure::new(format!(
            "wasm-bindgen's script does not say once what {OWN} is"
        )));
    }
    let script = script.replace(&key, &format!("{SHORT_OWN}: "));
    Ok((rewritten(module, &names, &unused)?, script))
}

/// The script with each other script imported once: wasm-bindgen does it for every name that is taken of one.
fn without_doubles(script: &str) -> String {
    let mut known = BTreeMap::new();
    let mut doubles = BTreeSet::new();
    let import = |line: &str| {
        let (name, from) = line.strip_prefix("import * as ")?.split_once(" from ")?;
        Some((name.to_owned(), from.to_owned()))
    };
    for (name, from) in script.lines().filter_map(import) {
        if *known.entry(from).or_insert_with(|| name.clone()) != name {
            doubles.insert(name);
        }
    }
    let is_double = |line: &str| {
        let name = match import(line) {
            Some((name, _)) => Some(name),
            None => line
                .trim_end_matches(',')
                .split_once("\": ")
                .map(|(_, name)| name.to_owned()),
        };
        name.is_some_and(|name| doubles.contains(&name))
    };
    script
        .split_inclusive('\n')
        .filter(|line| !is_double(line.trim_end()))
        .collect()
}

/// The script without the classes that it only offers to others, and what of the module was used by those alone.
fn without_unused_classes(script: &str) -> (String, BTreeSet<String>) {
    let mut kept = script.to_owned();
    let mut gone = String::new();
    let classes = script.lines().filter_map(|line| {
        let name = line.strip_prefix("export class ")?.strip_suffix(" {")?;
        Some(name.to_owned())
    });
    for class in classes {
        // As wasm-bindgen writes them: each begins at the beginning of a line.
        let pieces = [
            (format!("\nexport class {class} {{\n"), "\n}\n"),
            (format!("\nif (Symbol.dispose) {class}.prototype"), ";\n"),
            (format!("\nconst {class}Finalization = "), ");\n"),
        ];
        let mut without = kept.clone();
        let mut cut = String::new();
        for (start, end) in pieces {
            let Some(at) = without.find(&start) else {
                continue;
            };
            let Some(length) = without[at + 1..].find(end).map(|length| length + 1) else {
                continue;
            };
            cut += &without[at..at + length + end.len()];
            without.replace_range(at + 1..at + length + end.len(), "");
        }
        if !without.contains(&class) {
            kept = without;
            gone += &cut;
        }
    }
    let still: BTreeSet<&str> = exports_used(&kept).collect();
    let unused = exports_used(&gone).filter(|name| !still.contains(name));
    let unused = unused.map(str::to_owned).collect();
    (kept, unused)
}

/// What a script uses of what the module exports.
fn exports_used(script: &str) -> impl Iterator<Item = &str> {
    script.split(EXPORTS).skip(1).map(|rest| {
        let end = rest.find(|letter| !is_of_name(letter));
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// The script with names replaced wherever one stands as a whole, and how often each did.
fn renamed(script: &str, names: &BTreeMap<String, String>) -> (String, BTreeMap<String, usize>) {
    let mut uses = BTreeMap::new();
    let mut result = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(is_of_name) {
        let (between, from) = rest.split_at(start);
        let end = from
            .find(|letter| !is_of_name(letter))
            .unwrap_or(from.len());
        let (name, after) = from.split_at(end);
        result += between;
        if let Some(short) = names.get(name) {
            *uses.entry(name.to_owned()).or_default() += 1;
            result += short;
        } else {
            result += name;
        }
        rest = after;
    }
    (result + rest, uses)
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

/// Whether a name ends in a hash, or a hash and a number: `invoke__h0123456789abcdef_16`.
fn has_hash(name: &str) -> bool {
    name.split("__h").skip(1).any(|rest| {
        let digits = rest.split('_').next().unwrap_or_default();
        digits.len() == 16 && digits.chars().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// `a`, `b`, …, `Z`, `aa`, `ab`, … without end.
fn short_names() -> impl Iterator<Item = String> {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    (0_usize..).map(|mut number| {
        let mut name = String::new();
        loop {
            name.insert(0, char::from(LETTERS[number % LETTERS.len()]));
            if number < LETTERS.len() {
                return name;
            }
            number = number / LETTERS.len() - 1;
        }
    })
}

/// What the module takes from wasm-bindgen's script, in its order.
fn imports(module: &[u8]) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload.map_err(unreadable)? {
            for import in section {
                let import = single(import.map_err(unreadable)?)?;
                if import.module == OWN {
                    names.push(import.name.to_owned());
                }
            }
        }
    }
    Ok(names)
}

/// What the module gives.
fn exports(module: &[u8]) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(section) = payload.map_err(unreadable)? {
            for export in section {
                names.push(export.map_err(unreadable)?.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The module with these names instead of those, and without the exports that nobody uses.
fn rewritten(
    module: &[u8],
    names: &BTreeMap<String, String>,
    unused: &BTreeSet<String>,
) -> Outcome<Vec<u8>> {
    let short = |name| names.get(name).map_or(name, String::as_str);
    let mut result = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(unreadable)?;
        match payload {
            Payload::ImportSection(section) => {
                let mut imports = ImportSection::new();
                for import in section {
                    let import = single(import.map_err(unreadable)?)?;
                    let kind = RoundtripReencoder
                        .entity_type(import.ty)
                        .map_err(unreadable)?;
                    if import.module == OWN {
                        imports.import(SHORT_OWN, short(import.name), kind);
                    } else {
                        imports.import(import.module, import.name, kind);
                    }
                }
                result.section(&imports);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section {
                    let export = export.map_err(unreadable)?;
                    if !unused.contains(export.name) {
                        exports.export(short(export.name), export.kind.into(), export.index);
                    }
                }
                result.section(&exports);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let (start, end) = (range.start as usize, range.end as usize);
                    let data = module
                        .get(start..end)
                        .ok_or_else(|| unreadable("it ends too soon"))?;
                    result.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(result.finish())
}

/// An import as it has always been written; modules that share a name's beginning are not known to the tools.
fn single(imports: Imports) -> Outcome<wasmparser::Import> {
    match imports {
        Imports::Single(_, import) => Ok(import),
        Imports::Compact1 { .. } | Imports::Compact2 { .. } => {
            Err(unreadable("its imports are written in groups"))
        }
    }
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot read the page's module: {error}"))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, EntityType, ExportKind, Function, FunctionSection, TypeSection,
    };

    use super::*;

    const FOCUS: &str = "__wbg_focus_0123456789abcdef";
    const INVOKE: &str = "closures_invoke__h0123456789abcdef_16";

    /// A module that takes these and gives those, each a function without arguments.
    fn module(takes: &[(&str, &str)], gives: &[&str]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        for (module, name) in takes {
            imports.import(module, name, EntityType::Function(0));
        }
        let mut functions = FunctionSection::new();
        let mut exports = ExportSection::new();
        let mut code = CodeSection::new();
        for (index, name) in (takes.len() as u32..).zip(gives) {
            functions.function(0);
            exports.export(name, ExportKind::Func, index);
            let mut body = Function::new([]);
            body.instructions().end();
            code.function(&body);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&exports).section(&code);
        module.finish()
    }

    fn script(body: &str) -> String {
        format!(
            "import * as import1 from \"./other.js\"\nimport * as import2 from \"./other.js\"\n\n\
             export class Unused {{\n    pull() {{\n        wasm.unused_pull(this.ptr);\n        wasm.malloc(1);\n    }}\n}}\n\
             if (Symbol.dispose) Unused.prototype[Symbol.dispose] = Unused.prototype.free;\n\n\
             function imports() {{\n    const import0 = {{\n        {FOCUS}: function() {{ {body} }},\n    }};\n    \
             return {{\n        \"{OWN}\": import0,\n        \"./other.js\": import1,\n        \"./other.js\": import2,\n    }};\n}}\n\
             const UnusedFinalization = (typeof FinalizationRegistry === 'undefined')\n    ? {{ register: () => {{}} }}\n    \
             : new FinalizationRegistry(ptr => wasm.unused_free(ptr, 1));\n\
             wasm.malloc(2);\n"
        )
    }

    #[test]
    fn both_sides_get_the_same_names() {
        let takes = [("./other.js", "load"), (OWN, FOCUS)];
        let gives = [INVOKE, "malloc", "unused_pull", "unused_free"];
        let body = format!("wasm.{INVOKE}(); wasm.{INVOKE}()");
        let (module, script) =
            shorten(&module(&takes, &gives), &script(&body)).expect("they agree");
        let mut taken = Vec::new();
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::ImportSection(section) = payload.expect("it is a module") {
                for import in section {
                    let import = single(import.expect("it is an import")).expect("it is one");
                    taken.push((import.module.to_owned(), import.name.to_owned()));
                }
            }
        }
        let name = |module: &str, name: &str| (module.to_owned(), name.to_owned());
        assert_eq!(taken, [name("./other.js", "load"), name("a", "a")]);
        assert_eq!(exports(&module).expect("it is a module"), ["a", "malloc"]);
        assert!(
            script.contains("        a: function() { wasm.a(); wasm.a() },\n"),
            "{script}"
        );
        assert!(script.contains("        a: import0,\n        \"./other.js\": import1,\n    };"));
        assert_eq!(script.matches("import ").count(), 1);
        assert!(!script.contains("Unused"), "{script}");
        assert!(script.ends_with("wasm.malloc(2);\n"), "{script}");
    }

    #[test]
    fn a_class_that_is_used_stays() {
        let gives = [INVOKE, "unused_pull", "unused_free"];
        let body = format!("wasm.{INVOKE}(new Unused())");
        let (module, script) =
            shorten(&module(&[(OWN, FOCUS)], &gives), &script(&body)).expect("they agree");
        assert!(script.contains("export class Unused {"));
        assert_eq!(
            exports(&module).expect("it is a module"),
            ["a", "unused_pull", "unused_free"]
        );
    }

    #[test]
    fn sides_that_do_not_agree_are_refused() {
        let body = format!("wasm.{INVOKE}()");
        let missing = [(OWN, FOCUS), (OWN, "__wbg_blur_0123456789abcdef")];
        assert!(shorten(&module(&missing, &[INVOKE]), &script(&body)).is_err());
        assert!(shorten(&module(&[(OWN, FOCUS)], &[INVOKE]), &script("")).is_err());
        let twice = format!("wasm.{INVOKE}({FOCUS})");
        assert!(shorten(&module(&[(OWN, FOCUS)], &[INVOKE]), &script(&twice)).is_err());
        assert!(shorten(b"no module", &script(&body)).is_err());
    }

    #[test]
    fn no_two_names_are_the_same() {
        let names: Vec<String> = short_names().take(3000).collect();
        assert_eq!(names[..2], ["a", "b"]);
        assert_eq!(names[51..54], ["Z", "aa", "ab"]);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
