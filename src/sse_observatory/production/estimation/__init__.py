"""Design-based estimation inside the engine."""
