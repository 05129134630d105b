//! One company, made from the slug.

use super::dice::Dice;
use super::words::{DESCRIPTIONS, INDUSTRIES, PLACES, TOPICS};
use serde_json::{Value, json};

/// What fetch-company finds. Its key names are not documented.
pub(super) fn page(seed: u64, slug: &str) -> Value {
    let slug = slug.trim().to_lowercase();
    let mut dice = Dice::new(seed, "company", &slug);
    let name = Some(super::name(&slug)).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| slug.clone());
    let industry = dice.pick(&INDUSTRIES);
    let description = dice
        .pick(&DESCRIPTIONS)
        .replace("{topic}", dice.pick(&TOPICS))
        .replace("{industry}", &industry.to_lowercase())
        .replace("{name}", &name);
    let (city, country) = dice.pick(&PLACES);
    // Small companies are more common than large ones.
    let size = dice.between(2, 12);
    json!({
        "company": {
            "name": name,
            "industry": industry,
            "employee_count": dice.between(1 << size, 2 << size),
            "description": description,
            "headquarters": format!("{city}, {country}"),
            "logo_url": format!("https://logos.example/{slug}.png"),
            "company_slug": slug,
        }
    })
}

/// The company as the author of its posts.
pub(super) fn urn(slug: &str) -> String {
    let slug = slug.trim().to_lowercase();
    format!("urn:li:fsd_company:{}", Dice::new(0, "company urn", &slug).between(100_000, 99_999_999))
}
