//! The reference: fresh where it is made, valid in each example, and whole.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use outx_flow::diagnostic::{Source, render};
use outx_flow::{CheckOptions, Registry, check, reference};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference")
}

/// All pages, by their paths below the folder.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for below in ["", "kinds"] {
        for entry in fs::read_dir(folder().join(below)).unwrap().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(folder()).unwrap().display().to_string();
                pages.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    pages.sort();
    pages
}

#[test]
fn what_is_made_is_fresh() {
    let made = reference(&Registry::shipped());
    if env::var_os("OUTX_REFRESH").is_some() {
        fs::create_dir_all(folder().join("kinds")).unwrap();
        for page in &made {
            fs::write(folder().join(&page.path), &page.text).unwrap();
        }
    }
    for page in &made {
        let committed = fs::read_to_string(folder().join(&page.path)).unwrap_or_default();
        assert!(
            committed == page.text,
            "docs/reference/{} is out of date; OUTX_REFRESH=1 writes it anew",
            page.path
        );
    }
    // Of a kind that there is no more, no page is left.
    for (path, _) in pages().iter().filter(|(path, _)| path.starts_with("kinds/")) {
        assert!(made.iter().any(|page| page.path == *path), "docs/reference/{path} is about nothing");
    }
}

#[test]
fn every_endpoint_has_an_example() {
    for page in reference(&Registry::shipped()) {
        let wants = page.path.starts_with("kinds/linkedin.");
        assert!(!wants || page.text.contains("```yaml"), "{}", page.path);
    }
}

#[test]
fn every_example_checks_clean() {
    let mut tried = 0;
    for (path, text) in pages() {
        let blocks =
            || text.split("```yaml\n").skip(1).map(|part| part.split("```").next().unwrap_or_default());
        // A whole file can be called by the other examples of its page, by its name.
        let whole = blocks().filter_map(|block| {
            let name = block.strip_prefix("outx: 1\nname: ")?.lines().next()?;
            Some((format!("{name}.yaml"), block.to_owned()))
        });
        let resolver = Arc::new(whole.collect::<BTreeMap<_, _>>());
        for block in blocks() {
            let file = if block.starts_with("outx:") {
                block.to_owned()
            } else {
                format!("outx: 1\nname: example\n{block}")
            };
            let source = Source::new(path.as_str(), file);
            let options = CheckOptions { resolver: resolver.clone(), ..CheckOptions::shipped() };
            let checked = check(&source, &options);
            assert!(
                checked.workflow.is_some() && checked.diagnostics.is_empty(),
                "{}",
                render(&source, &checked.diagnostics, false)
            );
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn every_link_leads_to_a_page_and_every_page_is_linked() {
    let pages = pages();
    let index = &pages.iter().find(|(path, _)| path == "README.md").unwrap().1;
    for (path, text) in &pages {
        let base = folder().join(path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.starts_with("http") {
                assert!(base.parent().unwrap().join(file).exists(), "{path}: {link}");
            }
        }
        let is_listed =
            path.starts_with("kinds/") || path == "README.md" || index.contains(&format!("({path})"));
        assert!(is_listed, "{path} is not in the index");
    }
}
