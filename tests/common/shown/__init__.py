"""An app that declares live fragments, installed by the tests that need some."""
