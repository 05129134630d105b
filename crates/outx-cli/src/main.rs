//! The `outx` program: everything is in the library, so that tests can run it with hooks of their own.

fn main() -> std::process::ExitCode {
    outx_cli::main(std::env::args_os(), outx_cli::Hooks::default())
}
