//! The OutX service over HTTP on loopback, for trying and testing.
