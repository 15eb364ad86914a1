"""An app that declares a background job, for the tests of what runs them."""
