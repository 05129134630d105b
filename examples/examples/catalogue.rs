//! Prints the table of endpoints: all that distinguishes one from another is data.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_model::{CATALOGUE, Effect};

fn main() {
    println!("{:<24} {:<6} {:<14} needs", "endpoint", "effect", "acts on");
    for spec in &CATALOGUE {
        let effect = if spec.effect == Effect::Write { "write" } else { "read" };
        let target = spec.target.map_or("-", |target| target.field);
        let needs: Vec<_> =
            spec.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        println!("{:<24} {effect:<6} {target:<14} {}", spec.name, needs.join(", "));
    }
}
