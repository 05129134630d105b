//! When to ask again: polling policies as data, a poller for one task and a fleet for many.
