//! Stand-ins: the same original has the same one wherever it stands.

use super::allowed::Allowed;
use super::words;
use outx_flow::{InputDecl, InputType};
use outx_model::{company_slug, is_person_id, post_urn, profile_slug};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Fields that hold names of people.
const NAMES: [&str; 12] = [
    "name",
    "full_name",
    "first_name",
    "last_name",
    "firstname",
    "lastname",
    "given_name",
    "family_name",
    "surname",
    "author",
    "author_name",
    "by",
];

/// Fields that hold names of companies.
const COMPANIES: [&str; 4] = ["company", "company_name", "employer", "organization"];

/// What stands beside the `name` of a company.
const OF_COMPANY: [&str; 5] = ["company_slug", "employee_count", "employees", "industry", "headquarters"];

/// Fields that hold slugs of people.
const SLUGS: [&str; 3] = ["profile_slug", "public_identifier", "slug"];

/// Kinds of URN that are told.
const URN_KINDS: [&str; 22] = [
    "person",
    "member",
    "fsd_profile",
    "fs_miniProfile",
    "fs_miniprofile",
    "company",
    "fsd_company",
    "fs_miniCompany",
    "organization",
    "activity",
    "share",
    "ugcPost",
    "comment",
    "fsd_comment",
    "fsd_update",
    "fs_update",
    "article",
    "group",
    "fsd_connection",
    "digitalmediaAsset",
    "image",
    "video",
];

/// What addresses of people and companies may begin with.
const BEGINNINGS: [&str; 6] = [
    "https://www.linkedin.com/",
    "https://linkedin.com/",
    "http://www.linkedin.com/",
    "www.linkedin.com/",
    "linkedin.com/",
    "/",
];

/// Titles, which are no part of a name.
const TITLES: [&str; 11] = ["dr", "mr", "mrs", "ms", "miss", "prof", "sir", "dipl", "ing", "herr", "frau"];

/// Endings of files, by which they are read.
const ENDINGS: [&str; 8] = ["csv", "tsv", "json", "jsonl", "ndjson", "txt", "yaml", "md"];

/// Names have at most so many words.
const MOST_WORDS: usize = 4;

/// A sort of stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    First,
    Last,
    Slug,
    CompanySlug,
    Company,
    Id,
    Number,
    Mail,
    Page,
    Address,
    File,
    Text,
    Word,
    Key,
}

/// Originals and their stand-ins.
#[derive(Debug)]
pub(super) struct StandIns {
    allowed: Allowed,
    keep: BTreeSet<String>,
    person_fields: BTreeSet<String>,
    company_fields: BTreeSet<String>,
    /// All originals, and all words of them in small letters, none of which may come about by chance.
    originals: BTreeSet<String>,
    words: BTreeSet<String>,
    /// The words of names, in small letters.
    names: BTreeSet<String>,
    slugs: BTreeMap<String, Sort>,
    made: BTreeMap<(Sort, String), String>,
    used: BTreeSet<String>,
    /// How many were tried of each sort.
    tried: BTreeMap<Sort, usize>,
    /// The names of fields in which something was replaced.
    replaced: BTreeSet<String>,
}

impl StandIns {
    /// None yet. What stands in the fields `keep` stays.
    pub(super) fn new(mut allowed: Allowed, keep: &[String], inputs: &[InputDecl]) -> Self {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let (mut person_fields, mut company_fields) = (own(&SLUGS), own(&["company_slug"]));
        for input in inputs {
            of_type(&input.name, &input.ty, &mut person_fields, &mut company_fields);
        }
        for field in keep {
            allowed.add_key(field);
        }
        Self {
            allowed,
            keep: keep.iter().cloned().collect(),
            person_fields,
            company_fields,
            originals: BTreeSet::new(),
            words: BTreeSet::new(),
            names: BTreeSet::new(),
            slugs: BTreeMap::new(),
            made: BTreeMap::new(),
            used: BTreeSet::new(),
            tried: BTreeMap::new(),
            replaced: BTreeSet::new(),
        }
    }

    /// The fields in which something was replaced.
    pub(super) fn replaced(&self) -> &BTreeSet<String> {
        &self.replaced
    }

    /// What may stay as it is.
    pub(super) fn allowed(&mut self) -> &mut Allowed {
        &mut self.allowed
    }

    /// Looks at a value before anything is replaced: what is a name or a slug in one place is one everywhere.
    pub(super) fn learn(&mut self, field: &str, value: &Value) {
        match value {
            Value::String(text) if self.keep.contains(field) => self.allowed.add(text),
            Value::String(text) if !self.allowed.stays(field, text) => self.learn_text(field, text),
            Value::Array(items) => items.iter().for_each(|item| self.learn(field, item)),
            Value::Object(fields) => {
                let is_company = is_company(fields);
                for (key, value) in fields {
                    if !self.allowed.has_key(key) {
                        self.note(key);
                    }
                    // The name of a company is no name of a person.
                    let key = if is_company && key == "name" { "company" } else { key };
                    let is_kept = key == "company" && self.keep.contains("name");
                    self.learn(if is_kept { "name" } else { key }, value);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, text: &str) {
        self.originals.insert(text.to_owned());
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
        self.words.extend(words.map(str::to_lowercase));
    }

    fn learn_text(&mut self, field: &str, text: &str) {
        self.note(text);
        if let Some(json) = as_json(text) {
            self.learn(field, &json);
        } else if let Some((slug, sort)) = self.slug_in(field, text) {
            self.slugs.insert(slug, sort);
        } else if NAMES.contains(&field) {
            self.names.extend(text.split_whitespace().map(core).filter(|core| is_word(core)));
        }
    }

    /// The slug that a text is or leads to, where its field or its form says so.
    fn slug_in(&self, field: &str, text: &str) -> Option<(String, Sort)> {
        if text.starts_with("urn:") || is_person_id(text) || text.contains(char::is_whitespace) {
            return None;
        }
        let lower = text.to_lowercase();
        let leads_to = |part: &str| lower.contains("linkedin.com/") && lower.contains(part);
        let person = || profile_slug(text).ok().filter(|slug| !is_person_id(slug)).map(|it| (it, Sort::Slug));
        let company = || company_slug(text).ok().map(|slug| (slug, Sort::CompanySlug));
        if leads_to("/in/") || self.person_fields.contains(field) {
            person()
        } else if leads_to("/company/") || self.company_fields.contains(field) {
            company()
        } else {
            None
        }
    }

    /// A value with stand-ins.
    pub(super) fn value(&mut self, field: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(field, text)),
            Value::Array(items) => items.iter().map(|item| self.value(field, item)).collect(),
            Value::Object(fields) => {
                let is_company = is_company(fields);
                let mut out = Map::new();
                for (key, value) in fields {
                    let inner = if is_company && key == "name" && !self.keep.contains("name") {
                        "company"
                    } else {
                        key
                    };
                    let value = self.value(inner, value);
                    out.insert(self.key(key), value);
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }

    fn key(&mut self, key: &str) -> String {
        if self.allowed.has_key(key) {
            return key.to_owned();
        }
        self.make(Sort::Key, key, |number| format!("field_{number}"))
    }

    /// A text of a field with its stand-in.
    pub(super) fn text(&mut self, field: &str, text: &str) -> String {
        if self.keep.contains(field) || self.allowed.stays(field, text) {
            return text.to_owned();
        }
        let stand_in = self.stand_in(field, text);
        if stand_in != text {
            self.replaced.insert(field.to_owned());
        }
        stand_in
    }

    fn stand_in(&mut self, field: &str, text: &str) -> String {
        let bare = text.trim();
        let is_one = !bare.contains(char::is_whitespace);
        if let Some(json) = as_json(text) {
            return self.value(field, &json).to_string();
        }
        if is_one && bare.starts_with("urn:") {
            return self.urn(bare);
        }
        if is_one && is_person_id(bare) {
            return self.id(bare);
        }
        if is_one && bare.contains('@') && !bare.contains('/') {
            return self.make(Sort::Mail, bare, |number| format!("person{number}@example.com"));
        }
        if is_one && (bare.to_lowercase().contains("linkedin.com/") || bare.starts_with("/in/")) {
            return self.page(bare);
        }
        if is_one && (bare.contains("://") || bare.starts_with("www.")) {
            return self.make(Sort::Address, bare, |number| format!("https://example.com/{number}"));
        }
        let slug = bare.to_lowercase();
        if let Some(sort) = self.slugs.get(&slug).copied() {
            return self.slug(&slug, sort);
        }
        if COMPANIES.contains(&field) && self.names_nobody(bare) {
            return self.make(Sort::Company, bare, |number| format!("Company {number}"));
        }
        if NAMES.contains(&field) || !self.names_nobody(bare) {
            return self.name(bare);
        }
        if let Some(ending) =
            ENDINGS.iter().find(|ending| bare.rsplit_once('.').is_some_and(|(_, it)| it == **ending))
        {
            return self.make(Sort::File, bare, |number| format!("file{number}.{ending}"));
        }
        if is_one {
            return self.make(Sort::Word, bare, |number| format!("word{number}"));
        }
        let length = text.chars().count();
        self.make(Sort::Text, text, |number| words::text(number, length))
    }

    /// Whether a text is more than the words of names that are known.
    fn names_nobody(&self, text: &str) -> bool {
        let words: Vec<_> = text.split_whitespace().map(core).collect();
        words.is_empty()
            || words.len() > MOST_WORDS
            || !words.iter().all(|word| self.names.contains(word) || is_title(word))
            || words.iter().all(|word| is_title(word))
    }

    /// A name word by word, so that what takes it apart finds what it found.
    fn name(&mut self, text: &str) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut is_first = true;
        for part in text.split_whitespace() {
            let word = core(part);
            if is_title(&word) {
                out.push(part.to_owned());
            } else if is_word(&word) {
                let end = if part.ends_with(',') { "," } else { "" };
                let original = part.trim_matches(|c: char| !c.is_alphanumeric());
                out.push(cased(original, &self.name_word(&word, is_first)) + end);
                is_first = false;
            }
        }
        if is_first { self.make(Sort::Word, text, |number| format!("word{number}")) } else { out.join(" ") }
    }

    fn name_word(&mut self, word: &str, is_first: bool) -> String {
        for sort in [Sort::First, Sort::Last] {
            if let Some(known) = self.made.get(&(sort, word.to_owned())) {
                return known.clone();
            }
        }
        if is_first {
            self.make(Sort::First, word, |number| words::first(number - 1))
        } else {
            self.make(Sort::Last, word, |number| words::last(number - 1))
        }
    }

    /// A slug out of the stand-ins of the names in it, so that it looks like theirs.
    fn slug(&mut self, slug: &str, sort: Sort) -> String {
        if self.allowed.is_said(slug) {
            return slug.to_owned();
        }
        let parts: Vec<&str> = slug.split('-').collect();
        let mut names = Vec::new();
        for (at, part) in parts.into_iter().enumerate().filter(|_| sort == Sort::Slug) {
            if self.names.contains(part) {
                names.push(self.name_word(part, at == 0).to_lowercase());
            }
        }
        self.make(sort, slug, |number| match (names.is_empty(), sort, number) {
            (true, Sort::CompanySlug, _) => format!("company-{number}"),
            (true, ..) => format!("person-{number}"),
            (false, _, 1) => names.join("-"),
            (false, ..) => format!("{}-{number}", names.join("-")),
        })
    }

    /// An address on LinkedIn.
    fn page(&mut self, text: &str) -> String {
        let lower = text.to_lowercase();
        for (part, sort) in [("in/", Sort::Slug), ("company/", Sort::CompanySlug)] {
            let slug = if sort == Sort::Slug { profile_slug(text) } else { company_slug(text) };
            let Ok(slug) = slug else { continue };
            let fits = |beginning: &&&str| {
                lower.strip_prefix(**beginning).is_some_and(|rest| rest.starts_with(part))
            };
            let beginning = BEGINNINGS.iter().find(fits).unwrap_or(&BEGINNINGS[0]);
            let name = if is_person_id(&slug) { self.id(&slug) } else { self.slug(&slug, sort) };
            return format!("{beginning}{part}{name}");
        }
        match post_urn(text) {
            Ok(urn) if urn.starts_with("urn:") => format!("{}feed/update/{}", BEGINNINGS[0], self.urn(&urn)),
            _ => self.make(Sort::Page, text, |number| format!("{}page-{number}", BEGINNINGS[0])),
        }
    }

    /// A URN with its kind; whatever else is in it is replaced.
    fn urn(&mut self, text: &str) -> String {
        let mut out = String::new();
        let (mut before, mut rest) = ("", text);
        while !rest.is_empty() {
            let end = rest.find([':', '(', ')', ',']).unwrap_or(rest.len());
            let (token, after) = rest.split_at(end);
            let stays = matches!((before, token), ("", "urn") | ("urn", "li"))
                || before == "li" && URN_KINDS.contains(&token)
                || token == "urn";
            if stays || token.is_empty() {
                out.push_str(token);
            } else if before == "li" {
                out.push_str("thing");
            } else {
                out.push_str(&self.id(token));
            }
            if !token.is_empty() {
                before = token;
            }
            let mark = after.chars().next();
            out.extend(mark);
            rest = &after[mark.map_or(0, char::len_utf8)..];
        }
        out
    }

    fn id(&mut self, id: &str) -> String {
        if self.allowed.is_said(id) {
            return id.to_owned();
        }
        // What is a number stays one, for an address holds posts by their numbers.
        if id.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.make(Sort::Number, id, |number| {
                format!("{}", 7_100_000_000_000_000_000_u64 + number as u64)
            });
        }
        self.make(Sort::Id, id, |number| format!("ACoAAperson{number}"))
    }

    /// The stand-in of an original: the one that it has, or the first that is free.
    fn make(&mut self, sort: Sort, original: &str, invent: impl Fn(usize) -> String) -> String {
        let key = (sort, original.to_owned());
        if let Some(known) = self.made.get(&key) {
            return known.clone();
        }
        let names = matches!(sort, Sort::First | Sort::Last | Sort::Slug);
        // Numbers go on where others of the sort ended, but for slugs, which are made of the words in them.
        let is_named = sort == Sort::Slug;
        let start = 1 + self.tried.get(&sort).copied().filter(|_| !is_named).unwrap_or_default();
        let is_free = |made: &String| {
            let is_original = self.originals.contains(made)
                || names
                    && made
                        .split('-')
                        .any(|word| self.words.contains(&word.to_lowercase()) && word != "person");
            !is_original && !self.used.contains(made)
        };
        let (mut number, mut made) = (start, invent(start));
        while !is_free(&made) {
            number += 1;
            made = invent(number);
        }
        self.tried.insert(sort, number);
        self.used.insert(made.clone());
        self.made.insert(key, made.clone());
        made
    }
}

fn of_type(name: &str, ty: &InputType, people: &mut BTreeSet<String>, companies: &mut BTreeSet<String>) {
    match ty {
        InputType::Person => drop(people.insert(name.to_owned())),
        InputType::Company => drop(companies.insert(name.to_owned())),
        InputType::Array(inner) => of_type(name, inner, people, companies),
        InputType::Table(columns) => {
            for column in columns {
                match column.ty {
                    outx_flow::table::ColumnType::Person => drop(people.insert(column.name.clone())),
                    outx_flow::table::ColumnType::Company => drop(companies.insert(column.name.clone())),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn is_company(fields: &Map<String, Value>) -> bool {
    OF_COMPANY.iter().any(|key| fields.contains_key(*key))
}

/// The list or object that a text is.
fn as_json(text: &str) -> Option<Value> {
    let opens = text.trim_start().starts_with(['{', '[']);
    opens.then(|| serde_json::from_str(text).ok()).flatten()
}

/// A word without what stands around it, in small letters.
fn core(part: &str) -> String {
    part.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn is_word(core: &str) -> bool {
    core.chars().any(char::is_alphabetic) && !is_title(core)
}

fn is_title(core: &str) -> bool {
    TITLES.contains(&core)
}

/// A stand-in written as its original is: in capitals, in small letters, or as names are.
fn cased(original: &str, stand_in: &str) -> String {
    let letters = || original.chars().filter(|c| c.is_alphabetic());
    if letters().count() > 1 && letters().all(char::is_uppercase) {
        stand_in.to_uppercase()
    } else if letters().all(char::is_lowercase) {
        stand_in.to_lowercase()
    } else {
        stand_in.to_owned()
    }
}
