//! The style sheets keep their promises: colours stand in `tokens.css` alone, the pairs in use have
//! the contrast that WCAG 2.2 AA asks for, and every class and token that is used exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|own| own == extension) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(ROOT).join(folder), extension, &mut found);
    assert!(!found.is_empty(), "no .{extension} file in {folder}");
    found
}

/// The style sheets without their comments.
fn sheets() -> Vec<(PathBuf, String)> {
    let strip = |text: String| {
        let mut rest = text.as_str();
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once("/*") {
            kept.push_str(before);
            rest = after.split_once("*/").unwrap().1;
        }
        kept + rest
    };
    let sheets = files("style", "css").into_iter();
    sheets.map(|(path, text)| (path, strip(text))).collect()
}

fn is_tokens(path: &Path) -> bool {
    path.ends_with("tokens.css")
}

/// Every `--name: light-dark(#light, #dark);` of the tokens, as pairs of linear colours.
fn colours() -> BTreeMap<String, [[f64; 3]; 2]> {
    let sheets = sheets();
    let (_, tokens) = sheets.iter().find(|(path, _)| is_tokens(path)).unwrap();
    let mut colours = BTreeMap::new();
    for line in tokens.lines() {
        let Some((name, value)) = line.trim().split_once(": light-dark(") else {
            continue;
        };
        let halves: Vec<&str> = value.trim_end_matches(");").split(", ").collect();
        if let [light, dark] = halves[..]
            && let (Some(light), Some(dark)) = (parse(light), parse(dark))
        {
            colours.insert(name.to_owned(), [light, dark]);
        }
    }
    colours
}

fn parse(hex: &str) -> Option<[f64; 3]> {
    let digits = hex.strip_prefix('#')?;
    assert_eq!(digits.len(), 6, "{hex} is not written in six digits");
    let mut colour = [0.0; 3];
    for (index, channel) in colour.iter_mut().enumerate() {
        let value = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap();
        let value = f64::from(value) / 255.0;
        *channel = if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        };
    }
    Some(colour)
}

/// The contrast of two colours as WCAG 2.2 defines it.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |[red, green, blue]: [f64; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn colour_literals_stand_in_the_tokens_alone() {
    for (path, text) in sheets() {
        if is_tokens(&path) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let value = line.split_once(':').map_or("", |(_, value)| value);
            let literal = value.contains('#')
                || ["rgb(", "rgba(", "hsl(", "oklch(", "white", "black"]
                    .iter()
                    .any(|name| value.contains(name) && !value.contains("white-space"));
            assert!(!literal, "{}:{}: {line}", path.display(), number + 1);
        }
    }
    for (path, text) in files("src/ui", "rs") {
        assert!(!text.contains("inner_html"), "{}", path.display());
        for needle in [" style=\"", "fill=\"#", "stroke=\"#", "rgb("] {
            assert!(!text.contains(needle), "{}: {needle}", path.display());
        }
    }
}

#[test]
fn text_and_edges_have_the_contrast_of_wcag_2_2_aa() {
    let colours = colours();
    let mut pairs: Vec<(String, &str, f64)> = Vec::new();
    for behind in ["--paper", "--surface", "--raised", "--field", "--hover"] {
        for text in ["--ink", "--muted", "--accent", "--ok", "--warn", "--bad"] {
            pairs.push((text.to_owned(), behind, 4.5));
        }
        pairs.push(("--edge".to_owned(), behind, 3.0));
    }
    for behind in ["--surface", "--raised", "--accent-soft"] {
        for name in colours.keys() {
            if name.starts_with("--hue-") || name.starts_with("--family-") {
                pairs.push((name.clone(), behind, 4.5));
            }
        }
        pairs.push(("--muted".to_owned(), behind, 4.5));
        pairs.push(("--ink".to_owned(), behind, 4.5));
        for state in ["--ok", "--warn", "--bad"] {
            pairs.push((state.to_owned(), behind, 4.5));
        }
    }
    for (text, behind) in [
        ("--accent-ink", "--accent"),
        ("--accent-ink", "--accent-strong"),
        ("--bad-ink", "--bad"),
        ("--accent", "--accent-soft"),
        ("--ok", "--ok-soft"),
        ("--warn", "--warn-soft"),
        ("--bad", "--bad-soft"),
    ] {
        pairs.push((text.to_owned(), behind, 4.5));
    }
    let mut low = Vec::new();
    for (text, behind, least) in pairs {
        for (half, name) in ["light", "dark"].iter().enumerate() {
            let found = contrast(colours[&text][half], colours[behind][half]);
            if found < least {
                low.push(format!("{text} on {behind}, {name}: {found:.2} < {least}"));
            }
        }
    }
    assert!(low.is_empty(), "{low:#?}");
}

#[test]
fn every_token_that_is_used_exists() {
    let mut defined = BTreeSet::new();
    let mut used = Vec::new();
    for (path, text) in sheets() {
        for part in text.split(['{', ';']) {
            if let Some((name, _)) = part.trim().split_once(':')
                && name.starts_with("--")
            {
                defined.insert(name.to_owned());
            }
        }
        for part in text.split("var(").skip(1) {
            let name = part.split([')', ',']).next().unwrap().trim().to_owned();
            used.push((path.clone(), name));
        }
    }
    for (path, name) in used {
        assert!(defined.contains(&name), "{}: {name}", path.display());
    }
}

#[test]
fn every_sheet_is_loaded_and_lays_its_rules_in_a_layer() {
    let page = fs::read_to_string(Path::new(ROOT).join("index.html")).unwrap();
    for (path, text) in sheets() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let link = format!("href=\"style/{name}\"");
        assert!(page.contains(&link), "{name} is not linked in index.html");
        assert!(text.trim_start().starts_with("@layer "), "{name}");
    }
}

#[test]
fn sheets_of_parts_come_with_modules_that_are_fetched_later() {
    let page = fs::read_to_string(Path::new(ROOT).join("index.html")).unwrap();
    let sources = files("src/ui", "rs");
    let parts = page.split("data-part=\"").skip(1);
    for part in parts.map(|rest| rest.split('"').next().unwrap()) {
        let module = format!("in {part}, ");
        let is_lazy = |text: &str| text.contains("lazy_view!") && text.contains(&module);
        assert!(sources.iter().any(|(_, text)| is_lazy(text)), "{part}");
    }
}
