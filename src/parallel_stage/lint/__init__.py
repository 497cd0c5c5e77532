"""Is it wise? Rules, the engine that asks them, and what prints their answers."""
