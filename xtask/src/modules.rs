//! The page in several WebAssembly modules: what is not seen first is fetched when it is opened.
//!
//! trunk builds the page as one module. Where that was built with the feature `split`, the linked
//! module still says which instructions and data refer to what, and `wasm_split_cli_support` takes it
//! apart: what only a `lazy_view!` needs goes into a module of its own. The rest takes the place of
//! trunk's module, together with a script that fetches the others. What several of them share would be many
//! small modules; `merge` makes two of these.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use sha2::{Digest, Sha256};

use crate::compact::compacted;
use crate::digest::{integrity, short};
use crate::merge::{self, Addressed, Part};
use crate::process::run;
use crate::report::{Failure, Outcome};
use crate::{names, offline, scripts, styles, table, tools};

/// The program's name, and how the names of all its files begin.
const PROGRAM: &str = "mqtt-lab";
/// The splitter's script, by the name it has before it is given the page's.
const SCRIPT: &str = "__wasm_split.js";
/// What the splitter's script fetches a module with; it takes only what a host calls WebAssembly.
const FETCH: [&str; 2] = [
    "const src = fetch(new URL(",
    "(WebAssembly.instantiateStreaming(src, imports))",
];
/// What stands there instead: any host will do, and an answer that is none fails and can be repeated.
const FETCH_ANYWHERE: [&str; 2] = [
    "const src = part(new URL(",
    "(instantiate(await src, imports))",
];
/// The module that every visit fetches behind the form: all that it shares with others comes along.
const BENCH: &str = "bench";
/// What stands behind it: fetches the modules, those that are not opened too, when nothing else is to be done.
const PARTS_SCRIPT: &str = include_str!("../../src/platform/parts.js");
/// Stands there for the names of the modules.
const PARTS_PLACE: &str = "/* the names of all modules that are fetched later */";
/// As small as it gets when compressed, measured: common expressions are written again rather than kept in
/// another local, and only small functions are copied to the one place that calls them. What rustc lets
/// WebAssembly do stands here because the modules' own lists of that do not survive the splitting. No address
/// below 1024 is used: there the stack ends.
const WASM_OPT: [&str; 17] = [
    "-Oz",
    "--converge",
    "--skip-pass=local-cse",
    "--skip-pass=merge-locals",
    "--one-caller-inline-max-function-size=20",
    "--low-memory-unused",
    "--dealign",
    "--reorder-functions-by-name",
    "--strip-producers",
    "--strip-target-features",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--always-inline-max-function-size=1",
];

/// Whether a file of the page, by its name, is fetched only when a part of the page is opened, or the page
/// has nothing else to do.
pub(crate) fn is_fetched_later(name: &str) -> bool {
    (name.ends_with(".wasm") && !name.ends_with("_bg.wasm")) || name == offline::SERVICE_WORKER
}

/// Whether a file of the page, by its name, is fetched by every visit behind the form.
pub(crate) fn is_of_every_visit(name: &str) -> bool {
    name.ends_with(&format!("_{BENCH}.wasm"))
}

/// Takes the page apart that trunk has built in `staging`, if it was built for that.
pub(crate) fn split(root: &Path, staging: &Path) -> Outcome<()> {
    let index = staging.join("index.html");
    let page = text(&index)?;
    let Some(old) = program_stem(&page) else {
        return Err(Failure::new(format!(
            "{} loads no program that is called {PROGRAM}",
            index.display()
        )));
    };
    let old_script = staging.join(format!("{old}.js"));
    let old_module = staging.join(format!("{old}_bg.wasm"));
    if !text(&old_script)?.contains("__wasm_split") {
        return Ok(());
    }
    let page = styles::gather(&page, |name| text(&staging.join(name)))?;
    let mut files = take_apart(root)?;
    let fetching = files
        .get_mut(SCRIPT)
        .map(|script| (String::from_utf8_lossy(script).into_owned(), script));
    if let Some((text, script)) = fetching {
        *script = page.fetched_by(&text)?.into_bytes();
    }
    if let Some(esbuild) = tools::set_up(root)?.esbuild {
        let work = target_folder()?.join("split").join("scripts");
        scripts::minify(&esbuild, &work, &mut files)?;
    }
    let files = named(files)?;
    let file = |ending: &str| {
        files
            .iter()
            .find(|(name, _)| name.ends_with(ending))
            .ok_or_else(|| Failure::new(format!("the split page has no file *{ending}")))
    };
    let (module, parts) = (file("_bg.wasm")?, file("_parts.js")?);
    let new = module.0.trim_end_matches("_bg.wasm");
    let script = file(&format!("{new}.js"))?;

    page.leave_in(staging)?;
    let mut page = page.page;
    for (old, new) in [(&old_script, script), (&old_module, module)] {
        let old_hash = integrity(&bytes(old)?);
        if !page.contains(&old_hash) {
            return Err(Failure::new(format!(
                "index.html names no integrity of {}",
                old.display()
            )));
        }
        page = page.replace(&old_hash, &integrity(new.1));
    }
    page = preload_too(&page.replace(&old, new), script.0, (parts.0, parts.1))?;
    for (name, contents) in &files {
        write(&staging.join(name), contents)?;
    }
    for old in [&old_script, &old_module] {
        fs::remove_file(old)
            .map_err(|error| Failure::new(format!("cannot remove {}: {error}", old.display())))?;
    }
    write(&index, page.as_bytes())
}

/// The split page's files by their names before they are given a hash.
fn take_apart(root: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let target = target_folder()?;
    let work = target.join("split");
    // What an earlier build left must not get into this page.
    if work.exists() {
        fs::remove_dir_all(&work)
            .map_err(|error| Failure::new(format!("cannot empty {}: {error}", work.display())))?;
    }
    let linked = bytes(&linked_module(&target)?)?;
    let main = work.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&linked);
    let main_script = format!("./{PROGRAM}.js");
    let link_name = format!("./{SCRIPT}");
    options.output_dir = &work;
    options.main_out_path = &main;
    options.main_module = &main_script;
    options.link_name = &link_name;
    options.emit_dwarf = false;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| Failure::new(format!("cannot split the page: {error:?}")))?;

    let tools = tools::set_up(root)?;
    let bound = work.join("bound");
    run(Command::new(&tools.wasm_bindgen)
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports"])
        .args(["--out-name", PROGRAM])
        .arg("--out-dir")
        .arg(&bound)
        .arg(&main))?;
    let main = format!("{PROGRAM}_bg.wasm");
    let main_script = bound.join(format!("{PROGRAM}.js"));
    let (module, script_of_main) =
        names::shorten(&bytes(&bound.join(&main))?, &text(&main_script)?)?;
    let mut modules = BTreeMap::from([(main, module)]);
    for path in split.split_modules {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        modules.insert(name.into_owned(), bytes(&path)?);
    }
    let addressed = Addressed::of(&linked)?;
    let script = bundle(&mut modules, &text(&work.join(SCRIPT))?, &addressed)?;
    let mut files = match tools.wasm_opt_program.as_deref() {
        Some(wasm_opt) => optimised(&modules, wasm_opt, &work.join("small"))?,
        None => modules,
    };
    let modules = files.iter();
    table::check(modules.map(|(name, module)| (name.as_str(), module.as_slice())))?;
    let names: Vec<String> = files.keys().cloned().collect();
    let script = fetching_script(&script, &names)?;
    files.insert(SCRIPT.to_owned(), script.into_bytes());
    files.insert(format!("{PROGRAM}.js"), script_of_main.into_bytes());
    Ok(files)
}

/// The modules as they are downloaded, by name; made small side by side in `folder`, the largest first.
fn optimised(
    modules: &BTreeMap<String, Vec<u8>>,
    wasm_opt: &Path,
    folder: &Path,
) -> Outcome<BTreeMap<String, Vec<u8>>> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    let mut modules: Vec<_> = modules.iter().collect();
    modules.sort_by_key(|(_, module)| Reverse(module.len()));
    let small = |name: &str, module: &[u8]| {
        let (large, small) = (folder.join(name), folder.join(format!("{name}.small")));
        write(&large, module)?;
        run(Command::new(wasm_opt)
            .args(WASM_OPT)
            .arg(large)
            .arg("-o")
            .arg(&small))?;
        compacted(&bytes(&small)?)
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((name, module)) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(((*name).clone(), small(name, module)?));
        }
        Ok(done)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut files = BTreeMap::new();
        for worker in workers {
            let done: Outcome<Vec<_>> = worker
                .join()
                .map_err(|_| Failure::new("a module could not be made small"))?;
            files.extend(done?);
        }
        Ok(files)
    })
}

/// Makes one module of what the bench is with all that it shares with other parts, because every visit fetches
/// it, and one of all that others share without it. Answers the script that fetches so.
fn bundle(
    files: &mut BTreeMap<String, Vec<u8>>,
    script: &str,
    addressed: &Addressed,
) -> Outcome<String> {
    let unknown = || {
        Failure::new("the splitter's script lists modules in a way that `modules.rs` does not know")
    };
    let own = format!("split_{BENCH}.wasm");
    let mut loaders = HashMap::new();
    let (mut with_bench, mut others) = (vec![own.clone()], Vec::new());
    let (head, _) = script.split_once("/* ").ok_or_else(unknown)?;
    let mut rest = &script[head.len()..];
    while let Some(shared) = rest.strip_prefix("/* ") {
        let end = shared.find("\n/* ").or_else(|| shared.find("\nexport "));
        let (shared, after) = shared.split_at(end.ok_or_else(unknown)? + 1);
        rest = after;
        let (users, code) = shared.split_once(" */").ok_or_else(unknown)?;
        let between = |from: &str, to: &str| {
            let start = code.find(from)? + from.len();
            Some(&code[start..start + code[start..].find(to)?])
        };
        let name = between("const ", " =").ok_or_else(unknown)?;
        let file = between("\"./", "\"").ok_or_else(unknown)?;
        let (loader, bundle) = if users.split(", ").any(|user| user == BENCH) {
            ("__bench", &mut with_bench)
        } else {
            ("__shared", &mut others)
        };
        loaders.insert(name, loader);
        bundle.push(file.to_owned());
    }
    let mut result = head.to_owned();
    for (loader, file, parts) in [
        ("__bench", own.as_str(), with_bench),
        ("__shared", "chunk_0.wasm", others),
    ] {
        let module = put_together(files, &parts, addressed)?;
        files.insert(file.to_owned(), module);
        result += &format!(
            "const {loader} = makeLoad(() => {{\n    \
             const src = fetch(new URL(\"./{file}\", import.meta.url));\n    \
             src.catch(() => {{}});\n    \
             return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}}\n, []);\n"
        );
    }
    let entry = format!("__wasm_split_load_{BENCH} = ");
    let (before, after) = rest.split_once(&entry).ok_or_else(unknown)?;
    let (_, after) = after.split_once("]));").ok_or_else(unknown)?;
    let entries = format!("{before}{entry}wrapAsyncCb(__bench);{after}");
    // What each part needs first stands behind its own module, in brackets.
    let mut entries = entries.split("\n, [");
    result += entries.next().ok_or_else(unknown)?;
    for entry in entries {
        let (needed, after) = entry.split_once(']').ok_or_else(unknown)?;
        let needed = needed.split(", ").filter(|name| !name.is_empty());
        let needed = needed.map(|name| loaders.get(name).copied().ok_or_else(unknown));
        let needed: BTreeSet<_> = needed.collect::<Outcome<_>>()?;
        let needed: Vec<_> = needed.into_iter().collect();
        result += &format!("\n, [{}]{after}", needed.join(", "));
    }
    Ok(result)
}

/// Takes the files of these names out of `files` and makes one module of them.
fn put_together(
    files: &mut BTreeMap<String, Vec<u8>>,
    names: &[String],
    addressed: &Addressed,
) -> Outcome<Vec<u8>> {
    let modules = names.iter().map(|name| {
        files
            .remove(name)
            .ok_or_else(|| Failure::new(format!("the splitter has not written {name}")))
    });
    let modules = modules.collect::<Outcome<Vec<_>>>()?;
    let parts = modules.iter().map(|module| Part::read(module));
    let parts = parts.collect::<Outcome<Vec<_>>>()?;
    let mut called = HashSet::new();
    for other in files.values() {
        called.extend(merge::places_called(other)?);
    }
    merge::merged(&parts, &called, addressed)
}

/// The splitter's script, fetching the modules of these names our way, and those ahead that are fetched later.
fn fetching_script(script: &str, modules: &[String]) -> Outcome<String> {
    if FETCH.iter().any(|fetch| !script.contains(fetch)) || !PARTS_SCRIPT.contains(PARTS_PLACE) {
        return Err(Failure::new(
            "the splitter's script fetches modules in a way that `modules.rs` does not know",
        ));
    }
    let script = FETCH
        .iter()
        .zip(FETCH_ANYWHERE)
        .fold(script.to_owned(), |script, (from, to)| {
            script.replace(from, to)
        });
    let names: Vec<String> = modules
        .iter()
        .filter(|name| is_fetched_later(name))
        // The splitter writes no module where there is nothing to put into it.
        .filter(|name| script.contains(&format!("\"./{name}\"")))
        .map(|name| format!("\"./{name}\""))
        .collect();
    let own = without_comments(&PARTS_SCRIPT.replace(PARTS_PLACE, &names.join(", ")));
    Ok(script + "\n" + &own)
}

/// A script of ours without the lines that only say something to its readers.
pub(crate) fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Gives every file a name that changes with the contents of any, because they belong together.
fn named(files: BTreeMap<String, Vec<u8>>) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut hash = Sha256::new();
    for (name, contents) in &files {
        hash.update(name.as_bytes());
        hash.update((contents.len() as u64).to_le_bytes());
        hash.update(contents);
    }
    let hash = short(hash.finalize());
    let new_name = |name: &str| match name {
        SCRIPT => format!("{PROGRAM}-{hash}_parts.js"),
        name => match name.strip_prefix(PROGRAM) {
            Some(ending) => format!("{PROGRAM}-{hash}{ending}"),
            None => format!("{PROGRAM}-{hash}_{}", name.trim_start_matches("split_")),
        },
    };
    let names: Vec<(String, String)> = files
        .keys()
        .map(|name| (name.clone(), new_name(name)))
        .collect();
    let mut result = BTreeMap::new();
    for (name, contents) in files {
        let contents = if name.ends_with(".js") {
            let mut script = String::from_utf8(contents)
                .map_err(|_| Failure::new(format!("{name} is not UTF-8")))?;
            for (old, new) in &names {
                for quote in ['"', '\''] {
                    let name = |folder, name: &str| format!("{quote}{folder}{name}{quote}");
                    script = if old == SCRIPT {
                        // The module asks for its imports by the old name.
                        ["from ", "from"].iter().fold(script, |script, from| {
                            let import = |file| format!("{from}{}", name("./", file));
                            script.replace(&import(old), &import(new))
                        })
                    } else {
                        script
                            .replace(&name("./", old), &name("./", new))
                            .replace(&name("", old), &name("", new))
                    };
                }
            }
            script.into_bytes()
        } else {
            contents
        };
        result.insert(new_name(&name), contents);
    }
    Ok(result)
}

/// `page`, fetching `other` as soon as it fetches the program's script, which imports it.
fn preload_too(page: &str, script: &str, (other, contents): (&str, &[u8])) -> Outcome<String> {
    let missing = || Failure::new("index.html does not fetch its program ahead (modulepreload)");
    let href = page
        .find(&format!("href=./{script}"))
        .or_else(|| page.find(&format!("href=\"./{script}\"")));
    let start = href
        .and_then(|href| page[..href].rfind('<'))
        .ok_or_else(missing)?;
    let end = start + page[start..].find('>').ok_or_else(missing)? + 1;
    let link = format!(
        "<link crossorigin href=./{other} integrity={} rel=modulepreload>",
        integrity(contents)
    );
    Ok([&page[..end], &link, &page[end..]].concat())
}

/// `mqtt-lab-0123456789abcdef` of the script that `page` loads.
fn program_stem(page: &str) -> Option<String> {
    let start = page.find(&format!("./{PROGRAM}-"))? + 2;
    let end = start + page[start..].find(".js")?;
    Some(page[start..end].to_owned())
}

/// Where cargo builds; this program was built there too.
fn target_folder() -> Outcome<PathBuf> {
    env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.to_path_buf()))
        .ok_or_else(|| Failure::new("cannot tell where cargo builds"))
}

/// The module that trunk has linked: the released one where it says so, else the one that was linked last,
/// because it does not tell the name of a profile.
fn linked_module(target: &Path) -> Outcome<PathBuf> {
    let folder = target.join("wasm32-unknown-unknown");
    let is_release = env::var_os("TRUNK_PROFILE").is_some_and(|profile| profile == "release");
    ["release", "debug"]
        .into_iter()
        .take(if is_release { 1 } else { 2 })
        .map(|profile| folder.join(profile).join(format!("{PROGRAM}.wasm")))
        .max_by_key(|path| {
            path.metadata()
                .and_then(|metadata| metadata.modified())
                .ok()
        })
        .filter(|path| path.is_file())
        .ok_or_else(|| Failure::new(format!("no {PROGRAM}.wasm below {}", folder.display())))
}

fn bytes(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}

fn text(path: &Path) -> Outcome<String> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}

fn write(path: &Path, contents: &[u8]) -> Outcome<()> {
    fs::write(path, contents)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(module: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let main = "import * as a from './__wasm_split.js'; url('mqtt-lab_bg.wasm'); \
                    import*as b from\"./__wasm_split.js\"; \
                    imports('./__wasm_split.js')";
        let parts = "import { initSync } from \"./mqtt-lab.js\"; f(\"./split_details.wasm\")";
        BTreeMap::from([
            ("mqtt-lab.js".to_owned(), main.into()),
            ("mqtt-lab_bg.wasm".to_owned(), b"main".to_vec()),
            ("split_details.wasm".to_owned(), module.to_vec()),
            (SCRIPT.to_owned(), parts.into()),
        ])
    }

    #[test]
    fn files_name_each_other_by_a_hash_of_all() {
        let named_files = named(files(b"one")).expect("scripts are UTF-8");
        let names: Vec<&str> = named_files.keys().map(String::as_str).collect();
        let stem = names[0].trim_end_matches(".js").to_owned();
        let expected = [".js", "_bg.wasm", "_details.wasm", "_parts.js"];
        assert_eq!(names, expected.map(|ending| format!("{stem}{ending}")));
        let script = |ending: &str| {
            String::from_utf8(named_files[&format!("{stem}{ending}")].clone()).expect("UTF-8")
        };
        assert!(script(".js").contains(&format!("'./{stem}_parts.js'")));
        assert!(script(".js").contains(&format!("from\"./{stem}_parts.js\"")));
        assert!(script(".js").contains(&format!("'{stem}_bg.wasm'")));
        assert!(script(".js").contains("imports('./__wasm_split.js')"));
        assert!(script("_parts.js").contains(&format!("\"./{stem}.js\"")));
        assert!(script("_parts.js").contains(&format!("\"./{stem}_details.wasm\"")));
        let other = named(files(b"two")).expect("scripts are UTF-8");
        assert!(other.keys().all(|name| !named_files.contains_key(name)));
    }

    #[test]
    fn only_modules_that_are_opened_are_fetched_later() {
        assert!(is_fetched_later("mqtt-lab-0_details.wasm"));
        assert!(!is_fetched_later("mqtt-lab-0_bg.wasm"));
        assert!(!is_fetched_later("mqtt-lab-0_parts.js"));
        assert!(is_fetched_later(offline::SERVICE_WORKER));
    }

    #[test]
    fn what_is_shared_comes_with_the_bench_or_together() {
        let fetcher = |file: &str| {
            format!(
                "makeLoad(() => {{\n    const src = fetch(new URL(\"./{file}.wasm\", import.meta.url));\n}}\n"
            )
        };
        let chunk = |users: &str, number: u32| {
            let fetcher = fetcher(&format!("chunk_{number}"));
            format!("/* {users} */\nconst __chunk_{number} = {fetcher}, []);\n")
        };
        let entry = |name: &str, needed: &str| {
            let fetcher = fetcher(&format!("split_{name}"));
            format!(
                "export const __wasm_split_load_{name} = wrapAsyncCb({fetcher}, [{needed}]));\n"
            )
        };
        let script = [
            "head\n".to_owned(),
            chunk("bench, chart", 3),
            chunk("bench, details", 4),
            chunk("chart, details", 5),
            entry("details", "__chunk_4, __chunk_5"),
            entry("chart", "__chunk_3, __chunk_5"),
            entry("bench", "__chunk_3, __chunk_4"),
            entry("help", ""),
        ]
        .concat();
        let names = ["3", "4", "5"].map(|number| format!("chunk_{number}.wasm"));
        let parts = ["bench", "chart", "details", "help"].map(|name| format!("split_{name}.wasm"));
        let module = b"\0asm\x01\0\0\0".to_vec();
        let mut files: BTreeMap<_, _> = names
            .into_iter()
            .chain(parts.clone())
            .map(|name| (name, module.clone()))
            .collect();
        let result = bundle(&mut files, &script, &Addressed::default()).expect("it is known");
        let mut expected = parts.to_vec();
        expected.insert(0, "chunk_0.wasm".to_owned());
        assert_eq!(files.into_keys().collect::<Vec<_>>(), expected);
        assert!(
            result.starts_with("head\nconst __bench = makeLoad("),
            "{result}"
        );
        assert!(
            result.contains("__wasm_split_load_bench = wrapAsyncCb(__bench);"),
            "{result}"
        );
        for line in [", [__bench, __shared]));", ", []));"] {
            assert!(
                result.lines().any(|other| other == line),
                "{line}: {result}"
            );
        }
        assert!(!result.contains("__chunk_"), "{result}");
        assert!(bundle(&mut BTreeMap::new(), &script, &Addressed::default()).is_err());
        assert!(bundle(&mut BTreeMap::new(), "head", &Addressed::default()).is_err());
    }

    #[test]
    fn every_module_is_fetched_ahead() {
        let loader = |name: &str| {
            format!(
                "() => {{ const src = fetch(new URL(\"./{name}\", import.meta.url)); \
                 return async (imports) => (WebAssembly.instantiateStreaming(src, imports)); }}"
            )
        };
        let names = ["mqtt-lab_bg.wasm", "split_wire.wasm", "chunk_3.wasm"].map(str::to_owned);
        let splitter = loader("split_wire.wasm") + &loader("chunk_3.wasm");
        let script = fetching_script(&splitter, &names).expect("it is known");
        assert!(script.contains("const PARTS = [\"./split_wire.wasm\", \"./chunk_3.wasm\"];"));
        assert!(!script.contains("instantiateStreaming"), "{script}");
        assert!(script.contains("part(new URL(\"./split_wire.wasm\""));
        assert!(fetching_script("import(\"./split_wire.wasm\")", &names).is_err());
    }

    #[test]
    fn the_fetching_script_is_fetched_ahead() {
        let page = "<link crossorigin href=./a.js rel=modulepreload><body>";
        let page = preload_too(page, "a.js", ("a_parts.js", b"")).expect("there is a link");
        assert!(page.contains("><link crossorigin href=./a_parts.js integrity=sha384-"));
        assert!(page.ends_with(" rel=modulepreload><body>"));
        assert!(preload_too("<body>", "a.js", ("b", b"")).is_err());
    }
}
