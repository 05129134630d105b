//! The interpreter's environment: the standard library, four extensions, and what the workflow language adds.

use std::sync::{Arc, OnceLock};

use cel::{Context, DeclarationError, Env, extensions};

use super::{functions, macros, meter, outcome};

/// The one environment of the program, built when an expression first needs it.
pub(super) fn environment() -> &'static Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut env = Env::stdlib();
        let declared = declare(&mut env);
        // Declaring fails only for a name that is declared twice, which a test of this module would show.
        debug_assert_eq!(declared, Ok(()));
        Arc::new(env)
    })
}

/// What every evaluation can call, with no names: made once, so that one that adds no function of its own makes nothing.
pub(super) fn root() -> &'static Context<'static, 'static> {
    static ROOT: OnceLock<Context<'static, 'static>> = OnceLock::new();
    ROOT.get_or_init(|| Context::with_env(Arc::clone(environment())))
}

fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_extension(extensions::strings)?;
    env.add_extension(extensions::math)?;
    env.add_extension(extensions::lists)?;
    env.add_extension(extensions::encoders)?;
    env.add_extension(macros::declare)?;
    env.add_extension(functions::declare)?;
    env.add_extension(meter::declare)?;
    env.add_extension(outcome::declare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_declared_twice() {
        assert_eq!(declare(&mut Env::stdlib()), Ok(()));
    }
}
