//! The outx program: YAML in, results out.
