//! What to do next: the workflow language, its checker, and the engine that runs it.
