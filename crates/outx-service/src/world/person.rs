//! One person, made from the slug.

use super::dice::Dice;
use super::words::{COMPANIES, PLACES, TITLES, TOPICS};
use serde_json::{Value, json};
use std::borrow::Cow;

/// One person. Everything but the URN also depends on the world's seed.
pub(super) struct Person<'a> {
    /// The present job.
    pub(super) title: &'static str,
    /// The present employer.
    pub(super) company: &'static str,
    /// What the person talks about.
    pub(super) topic: &'static str,
    slug: Cow<'a, str>,
    key: Cow<'a, str>,
    place: (&'static str, &'static str),
    dice: Dice,
}

/// What the URN of the person behind a slug ends with: made from the slug alone, so that the same person has
/// the same in every world. The slug in lower case.
pub(super) fn key(slug: &str) -> String {
    format!("ACoAA{}", Dice::new(0, "urn", slug).id(34))
}

impl<'a> Person<'a> {
    /// The person behind a slug in lower case. There is one behind each.
    pub(super) fn of(seed: u64, slug: impl Into<Cow<'a, str>>) -> Self {
        let slug = slug.into();
        let key = key(&slug);
        Self::with_key(seed, slug, key)
    }

    /// The person behind a slug in lower case, where the URN may have come first.
    pub(super) fn with_key(seed: u64, slug: impl Into<Cow<'a, str>>, key: impl Into<Cow<'a, str>>) -> Self {
        let slug = slug.into();
        let mut dice = Dice::new(seed, "person", &slug);
        Self {
            title: dice.pick(&TITLES),
            company: dice.pick(&COMPANIES),
            topic: dice.pick(&TOPICS),
            place: dice.pick(&PLACES),
            key: key.into(),
            slug,
            dice,
        }
    }

    /// The slug in lower case: LinkedIn does not tell cases apart.
    pub(super) fn slug(&self) -> &str {
        &self.slug
    }

    /// First and last name.
    pub(super) fn full_name(&self) -> String {
        let name = super::name(&self.slug);
        if name.is_empty() { "LinkedIn Member".to_owned() } else { name }
    }

    /// The line under the name.
    pub(super) fn headline(&self) -> String {
        format!("{} at {} | {}", self.title, self.company, self.topic)
    }

    /// Where the person lives.
    pub(super) fn location(&self) -> String {
        format!("{}, {}", self.place.0, self.place.1)
    }

    /// What the URN ends with.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The URN.
    pub(super) fn urn(&self) -> String {
        format!("urn:li:fsd_profile:{}", self.key)
    }

    /// What fetch-profile finds.
    pub(super) fn profile(mut self) -> Value {
        let positions = self.positions();
        json!({
            "profile": {
                "full_name": self.full_name(),
                "headline": self.headline(),
                "location": self.location(),
                "profile_slug": self.slug,
                "profile_urn": self.urn(),
                "positions": positions,
            }
        })
    }

    /// The present job, which the headline names, and one to three before it, without gaps.
    fn positions(&mut self) -> Vec<Value> {
        let dice = &mut self.dice;
        let (mut year, mut month) = (dice.between(2019, 2026), dice.between(1, 13));
        let position = |title, company, city, start: (u32, u32), end: Option<(u32, u32)>| {
            json!({
                "title": title,
                "company_name": company,
                "location": city,
                "start_year": start.0,
                "start_month": start.1,
                "end_year": end.map(|end| end.0),
                "end_month": end.map(|end| end.1),
                "is_current": end.is_none(),
            })
        };
        let mut positions = vec![position(self.title, self.company, self.place.0, (year, month), None)];
        for _ in 0..dice.between(1, 4) {
            let end = (year, month);
            (year, month) = (year - dice.between(1, 5), dice.between(1, 13));
            let (title, company, place) = (dice.pick(&TITLES), dice.pick(&COMPANIES), dice.pick(&PLACES));
            positions.push(position(title, company, place.0, (year, month), Some(end)));
        }
        positions
    }
}
