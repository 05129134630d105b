//! How a request to OutX travels: the Transport seam, its back ends, the clock and the typed client.
