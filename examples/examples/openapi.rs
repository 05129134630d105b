//! Prints the API as an OpenAPI document: `cargo run -p outx-examples --example openapi > docs/openapi.json`.

#![expect(clippy::print_stdout, reason = "an example shows something")]

fn main() {
    println!("{:#}", outx_model::openapi());
}
