//! The page's style sheets, as few files: what the form and the bench wear is one, and that of a part which is
//! fetched later comes with its module.
//!
//! In `index.html` each sheet is a file by itself, and all are there at once; `data-part` names the module of the
//! part that needs one. The sheets of parts stand behind all others, so that the order in which rules
//! are laid over each other is the same, whenever they come.

use std::ops::Range;
use std::path::Path;
use std::{fs, str};

use sha2::{Digest, Sha256};

use crate::digest::{integrity, short};
use crate::report::{Failure, Outcome};

/// How the names of all gathered sheets begin.
const STEM: &str = "style-";
/// In a `<link>`, the module of the part that its sheet comes with.
const PART: &str = "data-part";
/// Stands in `src/platform/parts.js` for the sheets that come with modules.
const PLACE: &str = "/* of each part with a style sheet, in their order: its module's ending, the sheet, its integrity */";

/// The page with its style sheets gathered.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// `index.html`.
    pub(crate) page: String,
    /// The new sheets, by name.
    pub(crate) sheets: Vec<(String, String)>,
    /// The names of the files whose place they take.
    pub(crate) replaced: Vec<String>,
    parts: Vec<Part>,
}

/// What comes with a module.
#[derive(Debug)]
struct Part {
    module: String,
    sheet: String,
    integrity: String,
}

/// A `<link>` of the page.
#[derive(Debug)]
struct Link<'a> {
    place: Range<usize>,
    tag: &'a str,
}

/// Whether a file of the page, by its name, is a style sheet that comes with a module which is fetched later.
pub(crate) fn is_fetched_later(name: &str) -> bool {
    name.starts_with(STEM) && name.ends_with(".css") && name.contains('_')
}

/// Gathers the style sheets of `page`, which `read` reads by the names in it.
pub(crate) fn gather(page: &str, read: impl Fn(&str) -> Outcome<String>) -> Outcome<Gathered> {
    let links = links(page);
    let is_sheet = |link: &&Link| link.attribute("rel") == Some("stylesheet");
    let first = links.iter().find(is_sheet);
    let first = first.ok_or_else(|| Failure::new("index.html has no style sheet"))?;
    // One after another, with the module each comes with; none is what every visit needs.
    let mut groups: Vec<(Option<&str>, String)> = vec![(None, String::new())];
    let mut replaced = Vec::new();
    for link in links.iter().filter(is_sheet) {
        let part = link.attribute(PART);
        let name = link.attribute("href").unwrap_or_default();
        let name = name.trim_start_matches("./");
        let sheet = read(name)?;
        if link.attribute("integrity") != Some(&integrity(&sheet)) {
            return Err(Failure::new(format!(
                "{name} is not the style sheet that index.html names"
            )));
        }
        // What must stand at the very beginning of a file cannot follow another one.
        if let Some(rule) = ["@import", "@charset", "@namespace"]
            .iter()
            .find(|rule| sheet.contains(*rule))
        {
            return Err(Failure::new(format!(
                "{name} has {rule}, which must stand at the beginning of a style sheet; they are put together"
            )));
        }
        let is_known = groups.iter().any(|(other, _)| *other == part);
        match groups.last_mut() {
            Some((last, sheets)) if *last == part => *sheets += sheet.trim_end(),
            _ if !is_known => groups.push((part, sheet.trim_end().to_owned())),
            _ => {
                return Err(Failure::new(format!(
                    "{name} stands between the style sheets of parts; those of one part stand together, and behind \
                     all that are of none"
                )));
            }
        }
        replaced.push(name.to_owned());
    }

    let mut sheets = Vec::new();
    let mut parts = Vec::new();
    let mut all = String::new();
    for (part, sheet) in groups {
        let ending = part.map(|part| format!("_{part}")).unwrap_or_default();
        let name = format!("{STEM}{}{ending}.css", short(Sha256::digest(&sheet)));
        let integrity = integrity(&sheet);
        match part {
            None => {
                all =
                    format!("<link rel=\"stylesheet\" href=\"./{name}\" integrity=\"{integrity}\">")
            }
            Some(part) => parts.push(Part {
                module: format!("_{part}.wasm"),
                sheet: name.clone(),
                integrity,
            }),
        }
        sheets.push((name, sheet));
    }
    // What the program is made of takes longest, and a browser asks a host for few files at once.
    let is_program = |link: &&Link| {
        link.attribute("rel")
            .is_some_and(|rel| ["modulepreload", "preload"].contains(&rel))
    };
    let program: String = links
        .iter()
        .filter(is_program)
        .map(|link| link.tag)
        .collect();
    let mut new = String::new();
    let mut from = 0;
    for link in &links {
        if link.place == first.place {
            new += &page[from..link.place.start];
            new += &program;
            new += &all;
        } else if is_sheet(&link) || is_program(&link) {
            new += page[from..link.place.start].trim_end_matches(' ');
        } else {
            continue;
        }
        from = link.place.end;
    }
    new += &page[from..];
    Ok(Gathered {
        page: new,
        sheets,
        replaced,
        parts,
    })
}

impl Gathered {
    /// The script that fetches modules, fetching the sheets that come with them.
    pub(crate) fn fetched_by(&self, script: &str) -> Outcome<String> {
        if script.matches(PLACE).count() != 1 {
            return Err(Failure::new(
                "parts.js has no place for the style sheets that come with modules",
            ));
        }
        if let Some(part) = self
            .parts
            .iter()
            .find(|part| !script.contains(&format!("{}\"", part.module)))
        {
            return Err(Failure::new(format!(
                "{} comes with *{}, which the page does not fetch",
                part.sheet, part.module
            )));
        }
        let list = self.parts.iter().map(|part| {
            format!(
                "[\"{}\", \"./{}\", \"{}\"]",
                part.module, part.sheet, part.integrity
            )
        });
        Ok(script.replace(PLACE, &list.collect::<Vec<_>>().join(", ")))
    }

    /// Puts the sheets into the page's folder, in place of those that they were gathered from.
    pub(crate) fn leave_in(&self, folder: &Path) -> Outcome<()> {
        let cannot = |what: &str, name: &str, error: std::io::Error| {
            Failure::new(format!("cannot {what} {name}: {error}"))
        };
        for name in &self.replaced {
            fs::remove_file(folder.join(name)).map_err(|error| cannot("remove", name, error))?;
        }
        for (name, sheet) in &self.sheets {
            fs::write(folder.join(name), sheet).map_err(|error| cannot("write", name, error))?;
        }
        Ok(())
    }
}

/// Every `<link>` of the page.
fn links(page: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    let mut from = 0;
    while let Some(found) = page[from..].find("<link ") {
        let start = from + found;
        let Some(end) = page[start..].find('>').map(|end| start + end + 1) else {
            break;
        };
        links.push(Link {
            place: start..end,
            tag: &page[start..end],
        });
        from = end;
    }
    links
}

impl<'a> Link<'a> {
    /// The value of an attribute, in quotes or not.
    fn attribute(&self, name: &str) -> Option<&'a str> {
        let inside = self.tag.strip_prefix("<link")?.strip_suffix('>')?;
        let mut rest = inside.trim_end_matches('/');
        loop {
            rest = rest.trim_start();
            let (own, after) = rest.split_at(rest.find([' ', '='])?);
            let Some(value) = after.strip_prefix('=') else {
                rest = after;
                continue;
            };
            let (value, after) = match value.strip_prefix('"') {
                Some(value) => value.split_once('"')?,
                None => value.split_at(value.find(' ').unwrap_or(value.len())),
            };
            if own == name {
                return Some(value);
            }
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with these links, each to a sheet that holds its own name, and what trunk puts behind them.
    fn page(links: &[(&str, Option<&str>)]) -> String {
        let links = links.iter().map(|(name, part)| {
            let hash = integrity(sheet(name).expect("it is made up"));
            match part {
                Some(part) => format!("<link rel=\"stylesheet\" href=\"./{name}\" data-part=\"{part}\" integrity=\"{hash}\"/>"),
                None => format!("<link href=./{name} integrity={hash} rel=stylesheet>"),
            }
        });
        format!(
            "<head><link rel=icon href=./a.svg>{}<script>run()</script>\
             <link crossorigin href=./a.js rel=modulepreload><link as=fetch href=./a.wasm rel=preload></head>",
            links.collect::<String>()
        )
    }

    fn sheet(name: &str) -> Outcome<String> {
        Ok(format!("@layer {name}{{}}\n"))
    }

    #[test]
    fn sheets_become_one_in_their_order_behind_the_program() {
        let gathered =
            gather(&page(&[("b.css", None), ("a.css", None)]), sheet).expect("it is a page");
        let [(name, contents)] = &gathered.sheets[..] else {
            panic!("{:?}", gathered.sheets);
        };
        assert_eq!(contents, "@layer b.css{}@layer a.css{}");
        assert_eq!(
            gathered.page,
            format!(
                "<head><link rel=icon href=./a.svg>\
                 <link crossorigin href=./a.js rel=modulepreload><link as=fetch href=./a.wasm rel=preload>\
                 <link rel=\"stylesheet\" href=\"./{name}\" integrity=\"{}\"><script>run()</script></head>",
                integrity(contents)
            )
        );
        assert_eq!(gathered.replaced, ["b.css", "a.css"]);
        assert!(!is_fetched_later(name));
    }

    #[test]
    fn those_of_a_part_come_with_its_module() {
        let links = [
            ("a.css", None),
            ("x.css", Some("wire")),
            ("y.css", Some("wire")),
            ("z.css", Some("chart")),
        ];
        let gathered = gather(&page(&links), sheet).expect("it is a page");
        let names: Vec<&str> = gathered
            .sheets
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names.len(), 3);
        assert!(names[1].ends_with("_wire.css") && is_fetched_later(names[1]));
        assert_eq!(gathered.sheets[1].1, "@layer x.css{}@layer y.css{}");
        assert!(gathered.page.contains(names[0]) && !gathered.page.contains(names[1]));
        let script = format!("[\"./p_wire.wasm\", \"./p_chart.wasm\"]; [{PLACE}]");
        let script = gathered.fetched_by(&script).expect("there is a place");
        let first = format!(
            "[[\"_wire.wasm\", \"./{}\", \"{}\"], ",
            names[1],
            integrity(&gathered.sheets[1].1)
        );
        assert!(script.contains(&first), "{script}");
        let wire_alone = format!("[\"./p_wire.wasm\"]; [{PLACE}]");
        assert!(gathered.fetched_by(&wire_alone).is_err());
        assert!(
            gathered
                .fetched_by("[\"./p_wire.wasm\", \"./p_chart.wasm\"]")
                .is_err()
        );
    }

    #[test]
    fn another_order_than_that_of_the_page_is_refused() {
        for links in [
            [("a.css", None), ("x.css", Some("wire")), ("b.css", None)],
            [
                ("x.css", Some("wire")),
                ("y.css", Some("chart")),
                ("z.css", Some("wire")),
            ],
        ] {
            assert!(gather(&page(&links), sheet).is_err(), "{links:?}");
        }
    }

    #[test]
    fn what_cannot_follow_another_sheet_is_refused() {
        let import = |_: &str| Ok("@import \"a.css\";".to_owned());
        let hash = integrity("@import \"a.css\";");
        let page = format!("<link rel=stylesheet href=./a.css integrity={hash}>");
        assert!(gather(&page, import).is_err());
        // Nor is a file that is not the one which the page means.
        assert!(gather(&page, sheet).is_err());
    }

    #[test]
    fn the_fetching_script_has_a_place_for_them() {
        assert!(include_str!("../../src/platform/parts.js").contains(PLACE));
    }
}
