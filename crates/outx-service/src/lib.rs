//! The OutX service as a pure model: step(request, now) -> response.
