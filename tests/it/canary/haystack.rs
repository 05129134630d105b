//! All that was shown, said or written, by the place where it lies.

use super::needle::Needle;
use aho_corasick::AhoCorasick;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::{Debug, Write};
use std::fs;
use std::path::Path;

#[derive(Default)]
pub(crate) struct Haystack(Vec<(String, String)>);

impl Haystack {
    pub(crate) fn text(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    /// A value, in both forms of its `Debug`.
    pub(crate) fn value(&mut self, place: impl Into<String>, value: &dyn Debug) {
        self.text(place, format!("{value:?}\n{value:#?}"));
    }

    /// An error, with all that is below it.
    pub(crate) fn error(&mut self, place: impl Into<String>, error: &dyn Error) {
        let mut text = format!("{error:?}\n{error:#?}");
        let mut level = Some(error);
        while let Some(error) = level {
            write!(text, "\n{error}\n{error:#}\n{error:?}").unwrap();
            level = error.source();
        }
        self.text(place, text);
    }

    /// Either of both.
    pub(crate) fn outcome<T: Debug, E: Error>(&mut self, place: impl Into<String>, outcome: &Result<T, E>) {
        match outcome {
            Ok(value) => self.value(place, value),
            Err(error) => self.error(place, error),
        }
    }

    /// All of another one.
    pub(crate) fn add(&mut self, place: &str, other: &Self) {
        self.0.extend(other.0.iter().map(|(at, text)| (format!("{place}, {at}"), text.clone())));
    }

    /// Every file below a folder, by its name and its bytes. The letters of a text stay what they are among
    /// bytes that are none.
    pub(crate) fn files(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.files(&path);
            } else {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let bytes = fs::read(&path).unwrap();
                self.text(format!("file {name}"), format!("{name}\n{}", String::from_utf8_lossy(&bytes)));
            }
        }
    }

    /// Whether there is anything at all from a place that begins so.
    pub(crate) fn has(&self, beginning: &str) -> bool {
        self.0.iter().any(|(place, _)| place.starts_with(beginning))
    }

    /// The places where each secret lies, in the order of the secrets.
    pub(crate) fn places(&self, needles: &[Needle]) -> Vec<BTreeSet<&str>> {
        let spelled: Vec<_> = needles
            .iter()
            .enumerate()
            .flat_map(|(at, needle)| needle.spellings().iter().map(move |spelling| (at, spelling)))
            .collect();
        // All at once, because there are hundreds of them.
        let all = AhoCorasick::new(spelled.iter().map(|(_, spelling)| spelling)).unwrap();
        let mut found = vec![BTreeSet::new(); needles.len()];
        for (place, text) in &self.0 {
            let byte = |at: Option<usize>| text.as_bytes().get(at?).copied();
            for hit in all.find_overlapping_iter(text) {
                let needle = spelled[hit.pattern().as_usize()].0;
                if needles[needle].is_between(byte(hit.start().checked_sub(1)), byte(Some(hit.end()))) {
                    found[needle].insert(place.as_str());
                }
            }
        }
        found
    }
}

#[test]
fn a_secret_is_found_in_each_of_its_spellings_and_a_code_only_where_it_stands_alone() {
    let needles = [Needle::new("key", "outx_canary-7f3e9a55c0de"), Needle::code("code", "012345")];
    let found = |text: &str| {
        let mut hay = Haystack::default();
        hay.text("here", text);
        hay.places(&needles).iter().map(|places| places.len() == 1).collect::<Vec<_>>()
    };
    for key in [
        "x outx_canary-7f3e9a55c0de y",
        "start: outx_canary-",
        "6f7574785f63616e6172792d376633653961353563306465",
        "b3V0eF9jYW5hcnktN2YzZTlhNTVjMGRl",
        // The same after `k:` and after `a`.
        "azpvdXR4X2NhbmFyeS03ZjNlOWE1NWMwZGU=",
        "YW91dHhfY2FuYXJ5LTdmM2U5YTU1YzBkZQ==",
        "[111, 117, 116, 120, 95, 99, 97, 110, 97, 114, 121, 45, 55, 102, 51, 101, 57, 97, 53, 53, 99, 48, 100, 101]",
    ] {
        assert_eq!(found(key), [true, false], "{key}");
    }
    for code in ["012345", "\"otp\":\"012345\"", "Wrong code 012345.", "48, 49, 50, 51, 52, 53"] {
        assert_eq!(found(code), [false, true], "{code}");
    }
    for neither in ["outx_canar 7f3e9a55c0d", "90123456", "0123451", "f0012345", "01234"] {
        assert_eq!(found(neither), [false, false], "{neither}");
    }
}
